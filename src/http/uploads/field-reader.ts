/**
 * Reads the fields of a JSON object as its text arrives; one of them, however long, is handed on instead of kept.
 *
 * The others are texts, numbers, true, false and null. What is nested is read as an empty object, which no field may be.
 */
import { errorCodes } from "fastify"
import { getManyValues, isMany, none } from "stream-chain/core"
import { jsonParser, type Token } from "stream-json/parser.js"
import { BodyText } from "../body-text.ts"

const { FST_ERR_CTP_BODY_TOO_LARGE, FST_ERR_CTP_INVALID_JSON_BODY } = errorCodes

/** Characters of everything but the long field. */
const CHARACTERS_MAX = 1_000_000
const DEPTH_MAX = 20

export class FieldReader {
  readonly fields: Record<string, unknown> = Object.create(null)
  readonly #longField: string
  readonly #parse = jsonParser({ packValues: false, streamValues: true })
  readonly #body: BodyText
  #depth = 0
  #key: string | undefined
  #text = ""
  #characters = 0
  /** What the present bytes bring of the long field. */
  #long = ""
  #isLong = false

  constructor(longField: string, contentType?: string) {
    this.#longField = longField
    this.#body = new BodyText(contentType)
  }

  /** The text of the long field in these bytes. Throws Fastify's errors for bodies that are no JSON or too large. */
  read(bytes: Uint8Array): string {
    return this.#take(this.#body.read(bytes))
  }

  /** Throws when the JSON is not complete. */
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
        if (this.#depth === 1) this.#set({})
        if (++this.#depth > DEPTH_MAX) throw new FST_ERR_CTP_INVALID_JSON_BODY()
        return
      case "endObject":
      case "endArray":
        this.#depth--
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
        // As Fastify's own parser does.
        if (this.#text === "__proto__") throw new FST_ERR_CTP_INVALID_JSON_BODY()
        if (this.#depth === 1) this.#key = this.#text
        return
      case "endString":
        if (this.#isLong) this.#isLong = false
        else this.#set(this.#text)
        return
      case "endNumber":
        this.#set(Number(this.#text))
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
      // The parser was told to give none of these.
    }
  }

  #add(characters: string): void {
    this.#characters += characters.length
    if (this.#characters > CHARACTERS_MAX) throw new FST_ERR_CTP_BODY_TOO_LARGE()
    this.#text += characters
  }

  #set(value: unknown): void {
    if (this.#depth === 1 && this.#key !== undefined) this.fields[this.#key] = value
  }
}
