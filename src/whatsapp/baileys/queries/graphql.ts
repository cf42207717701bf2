/** Questions about channels, which WhatsApp answers by GraphQL (xmlns `w:mex`). Ids and paths are those of Baileys' newsletter.js. */
import { type BinaryNode, getBinaryNodeChild, S_WHATSAPP_NET, type WASocket } from "@whiskeysockets/baileys"
import { refused } from "../operations/refusals.ts"

/** JSON that WhatsApp gave. Each field is checked when it is read. */
export type Json = { readonly [field: string]: unknown }

export interface Question {
  readonly operation: string
  readonly id: string
  /** Where the answer stands. */
  readonly path: string
  readonly variables: Json
}

/** Rejects with OperationRefused when WhatsApp refuses; its code stands in the answer, not in the stanza. */
export const askGraph = async (socket: WASocket, question: Question): Promise<Json> => {
  const { operation, id, path, variables } = question
  const content: BinaryNode[] = [
    { tag: "query", attrs: { query_id: id }, content: Buffer.from(JSON.stringify({ variables })) }
  ]
  const answer: unknown = await socket.query({
    tag: "iq",
    attrs: { to: S_WHATSAPP_NET, type: "get", xmlns: "w:mex", id: socket.generateMessageTag() },
    content
  })
  const text = getBinaryNodeChild(answer as BinaryNode, "result")?.content
  const { data, errors } = objectOf(JSON.parse(text === undefined ? "{}" : Buffer.from(text as Uint8Array).toString()))
  if (Array.isArray(errors) && errors.length > 0) {
    const code = Number(objectOf(objectOf(errors[0]).extensions).error_code)
    throw refused(operation, Number.isInteger(code) ? code : BAD_REQUEST)
  }
  return objectOf(objectOf(data)[path])
}

const BAD_REQUEST = 400

export const objectOf = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {})
export const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null)
/** A whole number, which WhatsApp gives as a text. */
export const numberOf = (value: unknown): number | null => {
  const number = value === null || value === "" ? Number.NaN : Number(value)
  return Number.isSafeInteger(number) && number >= 0 ? number : null
}
