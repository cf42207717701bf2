/**
 * Messages that this release does not understand: their bytes, as they came, so that a later release can read them.
 *
 * Baileys drops what its protocol definition has no field for, so the bytes of such a message are remembered while it is decoded. That
 * goes for every message, be it alone in a stanza, inside another message, or in a part of the history.
 */
import { proto } from "@whiskeysockets/baileys"
import { type IncomingContent, KEPT_BYTES_MAX } from "../../../../events/content.ts"
import { base64 } from "./bounds.ts"
import { contentField } from "./unwrap.ts"

type Decode = typeof proto.Message.decode

/** The bytes of decoded messages in which nothing is known. They are the decoder's own: nothing is copied. */
const undecoded = new WeakMap<object, Uint8Array>()

let isRemembering = false

/** Makes Baileys' decoder remember the bytes of messages in which it knows nothing, in the whole process. */
export const rememberUndecoded = (): void => {
  if (isRemembering) return
  isRemembering = true
  // The function does not use `this`.
  // oxlint-disable-next-line typescript/unbound-method
  const decode: Decode = proto.Message.decode
  const remembering: Decode = (reader, length) => {
    const start = reader instanceof Uint8Array ? 0 : reader.pos
    const message = decode(reader, length)
    if (contentField(message) !== undefined) return message
    const bytes = reader instanceof Uint8Array ? reader : reader.buf.subarray(start, reader.pos)
    if (bytes.length > 0) undecoded.set(message, bytes)
    return message
  }
  // Decoders of other messages call it where they find it: here.
  proto.Message.decode = remembering
}

/** A message of a kind that has a name and no translation. */
export const unknownKind = (message: proto.IMessage, field: keyof proto.IMessage): IncomingContent => {
  const { [field]: value, messageContextInfo } = message
  return kept(field, proto.Message.encode({ [field]: value, messageContextInfo: messageContextInfo ?? null }).finish())
}

/** A message in which nothing is known; undefined for one in which there is nothing. */
export const unknownBytes = (message: proto.IMessage): IncomingContent | undefined => {
  const bytes = undecoded.get(message)
  const rest = bytes && withoutKeys(bytes)
  return rest && rest.hasUnknown ? kept(null, rest.bytes) : undefined
}

const kept = (name: string | null, bytes: Uint8Array): IncomingContent => ({
  kind: "unknown",
  name,
  bytes: bytes.length <= KEPT_BYTES_MAX ? base64(bytes) : null,
  size: bytes.length
})

/** The numbers of the fields in `notContent`: two hold keys, the third is context. */
const KEYS = new Set([2, 15])
const CONTEXT = 35

/** The fields of an encoded message without those that hold keys; undefined where the bytes are no fields. */
const withoutKeys = (bytes: Uint8Array): { readonly bytes: Uint8Array; readonly hasUnknown: boolean } | undefined => {
  const parts: Uint8Array[] = []
  let hasUnknown = false
  for (let at = 0; at < bytes.length; ) {
    const tag = varint(bytes, at)
    const end = tag && endOf(bytes, tag.end, tag.value & 7)
    if (!tag || end === undefined || end > bytes.length) return undefined
    const field = tag.value >>> 3
    if (!KEYS.has(field)) parts.push(bytes.subarray(at, end))
    if (!KEYS.has(field) && field !== CONTEXT) hasUnknown = true
    at = end
  }
  return { bytes: Buffer.concat(parts), hasUnknown }
}

/** Where a field's value ends, by its wire type. */
const endOf = (bytes: Uint8Array, start: number, wireType: number): number | undefined => {
  switch (wireType) {
    case 0:
      return varint(bytes, start)?.end
    case 1:
      return start + 8
    case 2: {
      const length = varint(bytes, start)
      return length && length.end + length.value
    }
    case 5:
      return start + 4
    default:
      return undefined
  }
}

const VARINT_BYTES_MAX = 10

const varint = (bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } | undefined => {
  let value = 0
  for (let i = 0; i < VARINT_BYTES_MAX; i++) {
    const byte = bytes[start + i]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, end: start + i + 1 }
  }
  return undefined
}
