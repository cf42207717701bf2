/** The form of the values in our rows. */
import { BufferJSON } from "@whiskeysockets/baileys"

/** The first byte of each row. Baileys 8 changes the form of its values; this byte then tells old rows from new ones. */
const FORM = { json: 1, bytes: 2 } as const

export const encode = (value: unknown): Uint8Array =>
  value instanceof Uint8Array
    ? Buffer.concat([Buffer.of(FORM.bytes), value])
    : Buffer.concat([Buffer.of(FORM.json), Buffer.from(JSON.stringify(value, BufferJSON.replacer))])

export const decode = (row: Uint8Array): unknown => {
  const body = Buffer.from(row.subarray(1))
  switch (row[0]) {
    case FORM.bytes:
      return body
    case FORM.json:
      return JSON.parse(body.toString("utf8"), BufferJSON.reviver)
    default:
      throw new Error(`a row of the authentication state has an unknown form: ${row[0]}`)
  }
}
