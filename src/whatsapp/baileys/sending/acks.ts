/** WhatsApp's acks of sent messages. Baileys raises nothing for a positive ack, so they are read from the stanzas. */
import { type BinaryNode, jidDecode, type WASocket } from "@whiskeysockets/baileys"
import type { MessageSignal } from "../../whatsapp.ts"
import type { SignalQueue } from "../signal-queue.ts"

type Ack = Extract<MessageSignal, { type: "acknowledged" | "refused" }>

export const hearAcks = (socket: WASocket, signals: SignalQueue): void => {
  socket.ws.on("CB:ack,class:message", (node: BinaryNode) => {
    const ack = ackSignal(node)
    if (ack) signals.emit(ack)
    if (node.attrs.phash !== undefined) forgetDevices(socket, node.attrs.from ?? "")
  })
}

/**
 * The message was not encrypted for all devices of the chat: WhatsApp has another list of them than Baileys, which keeps a list for five
 * minutes. The next message asks for the list.
 */
const forgetDevices = ({ userDevicesCache }: WASocket, chat: string): void => {
  const user = jidDecode(chat)?.user
  if (user !== undefined) void userDevicesCache.del(user)
}

/** `code`: one of AckError, or another that WhatsApp gives. */
const ackSignal = ({ attrs: { id, error } }: BinaryNode): Ack | undefined => {
  if (!id) return undefined
  return error === undefined ? { type: "acknowledged", messageId: id } : { type: "refused", messageId: id, code: error }
}
