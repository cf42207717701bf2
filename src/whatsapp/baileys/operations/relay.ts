/** Sends what this account does to a message: it is done once WhatsApp's server has acknowledged it, and is recorded then. */
import type { BinaryNode, proto, WASocket } from "@whiskeysockets/baileys"
import { newMessageId } from "../../message-id.ts"
import type { OperationContext } from "./handler.ts"
import { refused } from "./refusals.ts"

export interface Deed {
  readonly operation: string
  /** The jid of the chat. */
  readonly to: string
  readonly message: proto.IMessage
  /** What marks the stanza: 1 an edit, 2 a pin, 7 a deletion, 8 that by an administrator (whatsmeow types.EditAttribute). */
  readonly edit?: string
  readonly nodes?: readonly BinaryNode[]
}

/** Resolves when it is in the log. Rejects with OperationRefused when WhatsApp does not take it. */
export const relay = async (context: OperationContext, deed: Deed): Promise<void> => {
  const { socket, prepare } = context
  const { operation, to, message, edit, nodes } = deed
  const messageId = newMessageId()
  await prepare(to)
  const ack = await acknowledged(socket, operation, messageId, async () => {
    await socket.relayMessage(to, message, {
      messageId,
      ...(edit === undefined ? {} : { additionalAttributes: { edit } }),
      ...(nodes === undefined ? {} : { additionalNodes: [...nodes] })
    })
  })
  await context.did({ key: { remoteJid: to, fromMe: true, id: messageId }, message, sentAt: timeOf(ack) })
}

/** A slow server answers within the time that an operation has. */
const ACK_MAX_MS = 25_000

/** WhatsApp's ack of the message with this id. */
export const acknowledged = async (
  { ws }: WASocket,
  operation: string,
  messageId: string,
  send: () => Promise<void>
): Promise<BinaryNode> => {
  const { promise, resolve, reject } = Promise.withResolvers<BinaryNode>()
  const hear = (ack: BinaryNode) => {
    if (ack.attrs.id !== messageId) return
    if (ack.attrs.error === undefined) resolve(ack)
    else reject(refused(operation, Number(ack.attrs.error)))
  }
  const end = () => reject(new Error("WhatsApp did not acknowledge it"))
  const timer = setTimeout(end, ACK_MAX_MS)
  ws.on(ACK, hear)
  ws.on("close", end)
  try {
    const [ack] = await Promise.all([promise, send()])
    return ack
  } finally {
    clearTimeout(timer)
    ws.off(ACK, hear)
    ws.off("close", end)
  }
}

const ACK = "CB:ack,class:message"

/** WhatsApp's own time, where the ack tells it. */
export const timeOf = ({ attrs: { t } }: BinaryNode): number => {
  const seconds = Number(t)
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds * 1_000 : Date.now()
}
