/**
 * Reads the fields of a JSON object while its text arrives. Hands one long field on in pieces instead of keeping it. The other fields
 * are read as JSON.parse reads them.
 */
import { errorCodes } from "fastify"
import { getManyValues, isMany, none } from "stream-chain/core"
import { jsonParser, type Token } from "stream-json/parser.js"
import { BodyText } from "../body-text.ts"
import { exactNumber } from "../exact-number.ts"

const { FST_ERR_CTP_BODY_TOO_LARGE, FST_ERR_CTP_INVALID_JSON_BODY } = errorCodes

/** Characters of all fields except the long one. */
const CHARACTERS_MAX = 1_000_000
/** What a value in an object or a list counts as, beside its characters: it takes memory, however short it is. */
const VALUE_CHARACTERS = 16
const DEPTH_MAX = 20

export class FieldReader {
  readonly fields: Record<string, unknown> = Object.create(null)
  readonly #longField: string
  readonly #numbersAreTexts: boolean
  readonly #parse = jsonParser({ packValues: false, streamValues: true })
  readonly #body: BodyText
  #depth = 0
  #key: string | undefined
  /** The objects and lists of a field that are open, the innermost last. */
  readonly #open: Container[] = []
  #text = ""
  #characters = 0
  /** The part of the long field in the current bytes. */
  #long = ""
  #isLong = false

  constructor(longField: string, contentType?: string, numbersAreTexts = false) {
    this.#longField = longField
    this.#numbersAreTexts = numbersAreTexts
    this.#body = new BodyText(contentType)
  }

  /** Returns the text of the long field in these bytes. Throws Fastify's errors for a body that is not JSON or is too large. */
  read(bytes: Uint8Array): string {
    return this.#take(this.#body.read(bytes))
  }

  /** Returns the rest of the long field. Throws when the JSON is incomplete. */
  end(): string {
    const rest = this.#take(this.#body.end())
    return rest + this.#take(none)
  }

  #take(text: string | typeof none): string {
    this.#long = ""
    for (const token of this.#tokens(text)) this.#see(token)
    return this.#long
  }

  #tokens(text: string | typeof none): readonly Token[] {
    try {
      const given: unknown = this.#parse(text as string)
      if (given === none) return []
      return isMany(given) ? (getManyValues(given) as Token[]) : [given as Token]
    } catch {
      throw new FST_ERR_CTP_INVALID_JSON_BODY()
    }
  }

  #see(token: Token): void {
    switch (token.name) {
      case "startObject":
      case "startArray":
        if (this.#depth > 0) this.#begin(token.name === "startArray" ? [] : (Object.create(null) as object))
        if (++this.#depth > DEPTH_MAX) throw new FST_ERR_CTP_INVALID_JSON_BODY()
        return
      case "endObject":
      case "endArray":
        this.#depth--
        this.#open.pop()
        return
      case "startString":
        this.#isLong = this.#depth === 1 && this.#key === this.#longField
        this.#text = ""
        return
      case "startKey":
      case "startNumber":
        this.#text = ""
        return
      case "stringChunk":
      case "numberChunk":
        if (this.#isLong) this.#long += token.value
        else this.#add(token.value)
        return
      case "endKey":
        // Fastify's own parser refuses it as well.
        if (this.#text === "__proto__") throw new FST_ERR_CTP_INVALID_JSON_BODY()
        this.#named(this.#text)
        return
      case "endString":
        if (this.#isLong) this.#isLong = false
        else this.#set(this.#text)
        return
      case "endNumber":
        this.#set(this.#numbersAreTexts ? exactNumber(this.#text) : Number(this.#text))
        return
      case "trueValue":
      case "falseValue":
      case "nullValue":
        this.#set(token.value)
        return
      case "keyValue":
      case "stringValue":
      case "numberValue":
      case "whitespace":
      // The parser is configured to give none of these.
    }
  }

  #add(characters: string): void {
    this.#count(characters.length)
    this.#text += characters
  }

  #count(characters: number): void {
    this.#characters += characters
    if (this.#characters > CHARACTERS_MAX) throw new FST_ERR_CTP_BODY_TOO_LARGE()
  }

  #named(key: string): void {
    const container = this.#open.at(-1)
    if (container) container.key = key
    else if (this.#depth === 1) this.#key = key
  }

  #begin(value: object): void {
    this.#set(value)
    this.#open.push({ value, key: "" })
  }

  #set(value: unknown): void {
    const container = this.#open.at(-1)
    if (container) {
      this.#count(VALUE_CHARACTERS)
      if (Array.isArray(container.value)) container.value.push(value)
      else (container.value as Record<string, unknown>)[container.key] = value
    } else if (this.#depth === 1 && this.#key !== undefined) this.fields[this.#key] = value
  }
}

interface Container {
  readonly value: object
  /** Of the value that comes next, in an object. */
  key: string
}
