/**
 * Receipts, read from the stanzas.
 *
 * Baileys' own event merges receipts that come close together: a message that is delivered and read within a moment is only "read". The
 * log records both. The types have the meaning that Baileys gives them in getStatusFromReceiptType.
 */
import {
  areJidsSameUser,
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type WASocket
} from "@whiskeysockets/baileys"
import type { MessageSignal } from "../../whatsapp.ts"
import type { Identities } from "../names/identities.ts"
import { accountOf, type Self, selfOf } from "../jid.ts"
import type { SignalQueue } from "../signal-queue.ts"

type Receipt = Extract<MessageSignal, { type: "receipt" }>

/** In groups a receipt mostly names the member by LID. The signal has the number where it is known. */
export const hearReceipts = (socket: WASocket, identities: Identities, signals: SignalQueue): void => {
  const hear = (receipt: Receipt): void => {
    const { participant } = receipt
    if (participant === null) signals.emit(receipt)
    else
      signals.emitLater(async () => {
        const [name] = await identities.bothNames(participant, null)
        return { ...receipt, participant: name }
      })
  }
  socket.ws.on("CB:receipt", (node: BinaryNode) => {
    for (const receipt of receiptSignals(node, selfOf(socket))) hear(receipt)
  })
}

/** What a contact did with messages of this account; nothing for receipts among the account's own devices. */
const receiptSignals = (node: BinaryNode, self: Self): readonly Receipt[] => {
  const { attrs } = node
  const receipt = receiptOf(attrs.type)
  const by = attrs.participant ?? attrs.from
  const isOwn = areJidsSameUser(by, self.jid) || areJidsSameUser(by, self.lid)
  if (!receipt || isOwn || attrs.recipient !== undefined || !attrs.id) return []
  const participant = attrs.participant === undefined ? null : accountOf(attrs.participant)
  const seconds = Number(attrs.t)
  const at = Number.isSafeInteger(seconds * 1_000) && seconds > 0 ? seconds * 1_000 : null
  const more = getBinaryNodeChildren(getBinaryNodeChild(node, "list"), "item").flatMap((item) => item.attrs.id ?? [])
  return [attrs.id, ...more].map((messageId) => ({ type: "receipt", messageId, receipt, at, participant }))
}

const receiptOf = (type: string | undefined): Receipt["receipt"] | undefined => {
  switch (type) {
    case undefined:
      return "delivered"
    case "read":
      return "read"
    case "played":
      return "played"
    default:
      return undefined
  }
}
