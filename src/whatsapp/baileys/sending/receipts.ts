/**
 * Receipts, read from the stanzas themselves.
 *
 * Baileys' own event merges what comes close together: a message delivered and read within a moment is only "read". A history
 * needs both. The meaning of the types is the one that Baileys gives them in getStatusFromReceiptType.
 */
import { areJidsSameUser, type BinaryNode, getBinaryNodeChild, getBinaryNodeChildren } from "@whiskeysockets/baileys"
import type { MessageSignal } from "../../whatsapp.ts"
import { accountOf, type Self } from "../receiving/translate.ts"

export type Receipt = Extract<MessageSignal, { type: "receipt" }>

/** What a contact did with messages of this account; nothing for receipts among the account's own devices. */
export const receiptSignals = (node: BinaryNode, self: Self): readonly Receipt[] => {
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
