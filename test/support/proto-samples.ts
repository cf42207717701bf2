/**
 * Samples of WhatsApp's messages, made from Baileys' own protocol definition: every kind that it knows, every field of it filled. So a
 * kind that a new release of Baileys brings is in them by itself.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import protobuf from "protobufjs"

const definition = createRequire(import.meta.url).resolve("@whiskeysockets/baileys/WAProto/WAProto.proto")
const { root } = protobuf.parse(readFileSync(definition, "utf8"), { keepCase: true })
const Message = root.lookupType("Message")

/** The fields of WhatsApp's `Message`: each is a kind of message. */
export const messageFields: readonly string[] = Message.fieldsArray.map(({ name }) => name)

export interface Sample {
  /** The message as protobuf JSON. */
  readonly json: Record<string, unknown>
  /** The texts that stand in it, each once. */
  readonly words: readonly string[]
}

/** Deep enough for everything that a person writes; messages in messages end there. */
const DEPTH_MAX = 6

/** A message of this kind with a text in every field that takes one. `seed` makes them different from those of other samples. */
export const sampleOf = (field: string, seed: string): Sample => {
  const filling = new Filling(seed)
  return { json: { [field]: filling.value(Message.fields[field] as protobuf.Field, 0) }, words: filling.words }
}

class Filling {
  readonly words: string[] = []
  readonly #seed: string

  constructor(seed: string) {
    this.#seed = seed
  }

  value(field: protobuf.Field, depth: number): unknown {
    const one = this.#one(field.resolve(), depth)
    return field.repeated ? (one === undefined ? [] : [one]) : one
  }

  #one({ resolvedType, type }: protobuf.Field, depth: number): unknown {
    if (resolvedType instanceof protobuf.Enum) return Math.max(...Object.values(resolvedType.values))
    if (resolvedType instanceof protobuf.Type)
      return depth < DEPTH_MAX ? this.#object(resolvedType, depth + 1) : undefined
    switch (type) {
      case "string":
        return this.#word()
      case "bytes":
        return Buffer.alloc(32, 7).toString("base64")
      case "bool":
        return true
      case "double":
      case "float":
        return 1.5
      default:
        return 1_000
    }
  }

  /** A message in a message is a text; of fields that exclude each other the last one is filled. */
  #object(type: protobuf.Type, depth: number): Record<string, unknown> {
    if (type === Message) return { conversation: this.#word() }
    const excluded = new Set(type.oneofsArray.flatMap(({ fieldsArray }) => fieldsArray.slice(0, -1)))
    const filled: Record<string, unknown> = {}
    for (const field of type.fieldsArray) {
      const value = excluded.has(field) ? undefined : this.value(field, depth)
      if (value !== undefined) filled[field.name] = value
    }
    return filled
  }

  #word(): string {
    const word = `${this.#seed}-${this.words.length}`
    this.words.push(word)
    return word
  }
}
