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
  if (!receipt || attrs.recipient !== undefined) return []
  return [...ownReceipts(node), ...aggregatedReceipts(node)].flatMap(({ messageIds, by, participant, t }) => {
    if (areJidsSameUser(by, self.jid) || areJidsSameUser(by, self.lid)) return []
    return messageIds.map((messageId) => ({ type: "receipt" as const, messageId, receipt, at: timeOf(t), participant }))
  })
}

/** What one contact, or one member of a group, did with some messages. */
interface Given {
  readonly messageIds: readonly string[]
  readonly by: string | undefined
  readonly participant: string | null
  readonly t: string | undefined
}

const ownReceipts = (node: BinaryNode): readonly Given[] => {
  const { id, from, participant, t } = node.attrs
  if (id === undefined || getBinaryNodeChild(node, "participants")) return []
  const more = getBinaryNodeChildren(getBinaryNodeChild(node, "list"), "item").flatMap((item) => item.attrs.id ?? [])
  const member = participant === undefined ? null : accountOf(participant)
  return [{ messageIds: [id, ...more], by: participant ?? from, participant: member, t }]
}

/** WhatsApp puts the receipts of several members of a group together: `<participants key=message><user jid t/>…`. */
const aggregatedReceipts = (node: BinaryNode): readonly Given[] =>
  getBinaryNodeChildren(node, "participants").flatMap((participants) =>
    getBinaryNodeChildren(participants, "user").flatMap(({ attrs: { jid, t } }) => {
      const { key } = participants.attrs
      return key && jid ? [{ messageIds: [key], by: jid, participant: accountOf(jid), t: t ?? node.attrs.t }] : []
    })
  )

const timeOf = (t: string | undefined): number | null => {
  const seconds = Number(t)
  return Number.isSafeInteger(seconds * 1_000) && seconds > 0 ? seconds * 1_000 : null
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
