/** How far a message of this account came: who has received, read and played it, and how many have not. */
import { Effect } from "effect"
import { accountOf } from "../events/people.ts"
import type { Device } from "../store/devices.ts"
import { type MemberReceipt, Messages } from "../store/messages.ts"
import type { Member } from "../store/roster/groups.ts"
import { Roster } from "../store/roster/roster.ts"
import { isGroupJid } from "../whatsapp/jid.ts"
import type { FoundMessage } from "./found-message.ts"
import { findSent } from "./messages.ts"
import { keysOfPeople, peopleBy, type Person } from "./names.ts"

export interface Receipt {
  readonly person: Person
  /** Epoch milliseconds. */
  readonly at: number
}

export type ReceiptKind = "delivered" | "read" | "played"

/** By kind, the earliest first. Who has read a message has received it, too. `members`: to how many people it went. */
export type MessageInfo = Readonly<Record<ReceiptKind, readonly Receipt[]>> & { readonly members: number }

const kinds = ["delivered", "read", "played"] as const

/** Fails with MessageNotFound for a message that was not sent from this gateway: of others nothing is known. */
export const infoOf = (device: Device, { row }: FoundMessage) =>
  Effect.gen(function* () {
    const { deviceNumber } = device
    const message = yield* findSent(device, row.message_id)
    const isGroup = isGroupJid(row.chat)
    const given = isGroup ? yield* receiptsOf(deviceNumber, row.message_id) : []
    const people = yield* peopleBy(deviceNumber, [row.chat, ...given.map(({ key }) => key)])
    const { deliveredAt: delivered, readAt: read, playedAt: played } = message
    const times = { delivered, read, played }
    const ofOne = isGroup ? [] : kinds.map((receipt) => ({ key: row.chat, receipt, at: times[receipt] }))
    const all = [...given, ...ofOne].flatMap(({ key, receipt, at }) =>
      at === null ? [] : [{ receipt, person: people(key), at }]
    )
    const ofKind = (kind: ReceiptKind): readonly Receipt[] =>
      firstOfEach(all.filter(({ receipt }) => implies(receipt, kind)))
    const members = isGroup ? yield* othersIn(device, row.chat) : 1
    const info: MessageInfo = {
      delivered: ofKind("delivered"),
      read: ofKind("read"),
      played: ofKind("played"),
      members
    }
    return info
  })

const implies = (receipt: ReceiptKind, kind: ReceiptKind): boolean => kinds.indexOf(receipt) >= kinds.indexOf(kind)

const receiptsOf = (deviceNumber: number, messageId: string) =>
  Effect.gen(function* () {
    const messages = yield* Messages
    const receipts: readonly MemberReceipt[] = yield* messages.receipts(deviceNumber, messageId)
    const keyOf = yield* keysOfPeople(
      deviceNumber,
      receipts.map(({ participant }) => participant)
    )
    return receipts.map(({ participant, receipt, at }) => ({ key: keyOf(participant), receipt, at }))
  })

const firstOfEach = (receipts: readonly Receipt[]): readonly Receipt[] => {
  const first = new Map<string, Receipt>()
  for (const receipt of receipts.toSorted((one, other) => one.at - other.at)) {
    if (!first.has(receipt.person.id)) first.set(receipt.person.id, receipt)
  }
  return [...first.values()]
}

/** The members of a group besides this account. */
const othersIn = ({ deviceNumber, number, lid }: Device, group: string) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const members = (yield* roster.groups.members(deviceNumber, [group])).get(group) ?? []
    const own = lid === null ? undefined : accountOf(lid)
    const isOther = (member: Member) => (member.number === null || member.number !== number) && member.lid !== own
    return members.filter(isOther).length
  })
