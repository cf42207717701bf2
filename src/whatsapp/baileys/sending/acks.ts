/** WhatsApp's acks of sent messages. Baileys raises nothing for a positive ack, so they are read from the stanzas. */
import { type BinaryNode, jidDecode, type WASocket } from "@whiskeysockets/baileys"
import { LRUCache } from "lru-cache"
import type { MessageSignal } from "../../whatsapp.ts"
import type { SignalQueue } from "../signal-queue.ts"

type Refused = Extract<MessageSignal, { type: "refused" }>
type Ack = Extract<MessageSignal, { type: "acknowledged" }> | Refused

/** `refused`: takes the negative ones. */
export const hearAcks = (socket: WASocket, signals: SignalQueue, refused: (ack: Refused) => void): void => {
  const forgetDevices = deviceLists(socket)
  socket.ws.on("CB:ack,class:message", (node: BinaryNode) => {
    const ack = ackSignal(node)
    if (ack?.type === "refused") refused(ack)
    else if (ack) signals.emit(ack)
    if (node.attrs.phash !== undefined) forgetDevices(node.attrs.from ?? "")
  })
}

/** Baileys keeps a list of devices for as long; it is not asked for more often, whatever the acks say. */
const KEPT_MS = 300_000
const CHATS_MAX = 1_000

/**
 * Makes the next message of a chat ask for the list of its devices: WhatsApp has another list than Baileys, so the message was not
 * encrypted for all of them.
 */
const deviceLists = ({ userDevicesCache }: WASocket): ((chat: string) => void) => {
  const forgotten = new LRUCache<string, true>({ max: CHATS_MAX, ttl: KEPT_MS })
  return (chat) => {
    const user = jidDecode(chat)?.user
    if (user === undefined || forgotten.has(user)) return
    forgotten.set(user, true)
    void userDevicesCache.del(user)
  }
}

/** `code`: one of AckError, or another that WhatsApp gives. */
const ackSignal = ({ attrs: { id, error } }: BinaryNode): Ack | undefined => {
  if (!id) return undefined
  return error === undefined ? { type: "acknowledged", messageId: id } : { type: "refused", messageId: id, code: error }
}
