/** A query of a client that is to be linked (xmlns md), and how WhatsApp refuses it. */
import { type BinaryNode, getBinaryNodeChild, S_WHATSAPP_NET, type WASocket } from "@whiskeysockets/baileys"

/** WhatsApp answered the query with an error. */
export class Refusal extends Error {
  readonly code: number
  /** How long WhatsApp asks to wait; undefined when it does not say so. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: number, retryAfterSeconds: number | undefined) {
    super(`WhatsApp refused with ${code}`)
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Asks for or sets `content`. Rejects with a Refusal, or with another error when no answer comes in time. */
export const linkQuery = async (
  socket: WASocket,
  type: "get" | "set",
  content: BinaryNode,
  timeoutMs: number
): Promise<BinaryNode> => {
  const id = socket.generateMessageTag()
  // Baileys' own error has the code, but not how long to wait.
  let answer: BinaryNode | undefined
  const note = (node: BinaryNode): void => void (answer = node)
  socket.ws.once(`TAG:${id}`, note)
  try {
    const attrs = { to: S_WHATSAPP_NET, type, xmlns: "md", id }
    const result: BinaryNode | undefined = await socket.query({ tag: "iq", attrs, content: [content] }, timeoutMs)
    if (result === undefined) throw new Error("WhatsApp did not answer")
    return result
  } catch (failure) {
    throw refusalIn(answer) ?? failure
  } finally {
    socket.ws.off(`TAG:${id}`, note)
  }
}

const refusalIn = (answer: BinaryNode | undefined): Refusal | undefined => {
  const error = getBinaryNodeChild(answer, "error")
  const code = Number(error?.attrs.code)
  if (error === undefined || !Number.isInteger(code)) return undefined
  const backoff = Number(error.attrs.backoff)
  return new Refusal(code, backoff > 0 ? Math.ceil(backoff) : undefined)
}
