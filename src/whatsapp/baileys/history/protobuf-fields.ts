/**
 * The fields of a protobuf message, without reading what is in them: a part of a history is read one chat and one message at a time, so
 * that a large part holds up no other work and is never in memory twice. Pure.
 */

export interface Field {
  readonly number: number
  /** With its tag, as it stands in the message. */
  readonly whole: Uint8Array
  /** Of a field with a length: what is in it. */
  readonly content: Uint8Array
}

const WIRE = { varint: 0, eightBytes: 1, length: 2, fourBytes: 5 } as const

/** Throws where the bytes are no protobuf message. */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  for (let at = 0; at < bytes.length; ) {
    const start = at
    const [tag, afterTag] = varint(bytes, at)
    const [contentAt, end] = extentOf(tag & 7, bytes, afterTag)
    if (end > bytes.length) throw new Error("a field is longer than its message")
    yield {
      number: Math.floor(tag / 8),
      whole: bytes.subarray(start, end),
      content: bytes.subarray(contentAt, end)
    }
    at = end
  }
}

/** Where the content of a field begins and ends. */
const extentOf = (wire: number, bytes: Uint8Array, at: number): readonly [from: number, to: number] => {
  switch (wire) {
    case WIRE.varint:
      return [at, varint(bytes, at)[1]]
    case WIRE.eightBytes:
      return [at, at + 8]
    case WIRE.length: {
      const [length, from] = varint(bytes, at)
      return [from, from + length]
    }
    case WIRE.fourBytes:
      return [at, at + 4]
    default:
      throw new Error(`a field has the unknown wire type ${wire}`)
  }
}

const VARINT_BYTES_MAX = 10

/** Exact up to 2⁵³: lengths and tags are. */
const varint = (bytes: Uint8Array, from: number): readonly [value: number, end: number] => {
  let value = 0
  for (let i = 0; i < VARINT_BYTES_MAX; i++) {
    const byte = bytes[from + i]
    if (byte === undefined) throw new Error("a message ends within a field")
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return [value, from + i + 1]
  }
  throw new Error("a number is too long")
}
