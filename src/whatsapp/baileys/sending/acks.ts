/** WhatsApp's acks of sent messages. Baileys raises nothing for a positive ack, so they are read from the stanzas. */
import type { BinaryNode, WASocket } from "@whiskeysockets/baileys"
import type { MessageSignal } from "../../whatsapp.ts"
import type { SignalQueue } from "../signal-queue.ts"

type Refused = Extract<MessageSignal, { type: "refused" }>
type Ack = Extract<MessageSignal, { type: "acknowledged" }> | Refused

/** `refused`: takes the negative ones. */
export const hearAcks = ({ ws }: WASocket, signals: SignalQueue, refused: (ack: Refused) => void): void => {
  ws.on("CB:ack,class:message", (node: BinaryNode) => {
    const ack = ackSignal(node)
    if (ack?.type === "refused") refused(ack)
    else if (ack) signals.emit(ack)
  })
}

/** `code`: one of AckError, or another that WhatsApp gives. */
const ackSignal = ({ attrs: { id, error } }: BinaryNode): Ack | undefined => {
  if (!id) return undefined
  return error === undefined ? { type: "acknowledged", messageId: id } : { type: "refused", messageId: id, code: error }
}
