/** What stands beside the content of a message that a client sends: the message that it answers, whom it mentions, for whom it is. */
import { Effect } from "effect"
import type { MessageContext, PersonNames } from "../events/context.ts"
import { accountOf } from "../events/people.ts"
import { lidOfKey, numberOfKey } from "../events/roster-key.ts"
import { summaryOf } from "../events/summary.ts"
import type { Device } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { Roster } from "../store/roster/roster.ts"
import { jidOf } from "../whatsapp/jid.ts"
import { viewMessages } from "./chats.ts"
import { findInChat } from "./message-refs.ts"
import { MessageNotFound } from "./messages.ts"
import type { Beside } from "./sending.ts"

/** As a client gives it. */
export interface Composition {
  readonly to: string
  /** The id of a message of the same chat. */
  readonly quote?: string | undefined
  /** Telephone numbers, or jids or LIDs of people. */
  readonly mentions?: readonly string[] | undefined
  readonly mentionsAll?: boolean | undefined
  readonly groupMentions?: MessageContext["groupMentions"] | undefined
  readonly viewOnce?: boolean | undefined
  readonly linkPreview?: NonNullable<MessageContext["links"]>[number] | undefined
  /** After so many seconds it disappears; 0: it stays. If it is not given, the chat's own time counts (sending.ts). */
  readonly expiresInSeconds?: number | undefined
  /** How often the message was forwarded, this time included. */
  readonly forwarded?: number | undefined
  /** Whom a status is for, as `mentions`. */
  readonly audience?: readonly string[] | undefined
}

const EXCERPT_MAX = 500

/** Fails with MessageNotFound where the chat has no message to quote of that id, or it was deleted. */
export const besideOf = (
  device: Pick<Device, "deviceNumber" | "jid" | "lid">,
  {
    to,
    quote,
    mentions = [],
    mentionsAll,
    groupMentions = [],
    viewOnce,
    linkPreview,
    expiresInSeconds,
    forwarded,
    audience
  }: Composition
): Effect.Effect<Beside, MessageNotFound | StoreUnavailable, Roster> =>
  Effect.gen(function* () {
    const { deviceNumber } = device
    const context: MessageContext = {
      ...(quote === undefined ? {} : { quoted: yield* quotedMessage(device, to, quote) }),
      ...(mentions.length === 0
        ? {}
        : { mentions: yield* Effect.forEach(mentions, (person) => namesOf(deviceNumber, person)) }),
      ...(mentionsAll === true ? { mentionsAll } : {}),
      ...(groupMentions.length === 0 ? {} : { groupMentions }),
      ...(viewOnce === true ? { viewOnce } : {}),
      ...(linkPreview === undefined ? {} : { links: [linkPreview] }),
      ...(forwarded === undefined ? {} : { forwarded }),
      ...(expiresInSeconds === undefined ? {} : { expiresInSeconds })
    }
    return {
      ...(Object.keys(context).length === 0 ? {} : { context }),
      ...(audience === undefined ? {} : { audience: audience.map(jidOf) })
    }
  })

const quotedMessage = (
  { deviceNumber, jid, lid }: Pick<Device, "deviceNumber" | "jid" | "lid">,
  chat: string,
  messageId: string
) =>
  Effect.gen(function* () {
    const row = yield* findInChat(deviceNumber, chat, messageId)
    const [view] = yield* viewMessages(deviceNumber, [row])
    const content = view?.content ?? null
    if (content === null) return yield* new MessageNotFound({ messageId })
    const sender =
      row.from_me === 1
        ? { jid: accountOf(jid ?? "") ?? "", alt: lid === null ? null : (accountOf(lid) ?? null) }
        : yield* namesOf(deviceNumber, row.sender)
    const excerpt = summaryOf(content).slice(0, EXCERPT_MAX).toWellFormed()
    return { messageId, sender, kind: content.kind, excerpt }
  })

/** Both names of a person, as far as they are known: the number first. */
const namesOf = (deviceNumber: number, given: string): Effect.Effect<PersonNames, StoreUnavailable, Roster> =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const jid = accountOf(jidOf(given)) ?? given
    const name = { lid: lidOfKey(jid), number: numberOfKey(jid) }
    const contact = yield* roster.contacts.find(deviceNumber, name)
    const number = name.number ?? contact?.number ?? null
    const lid = name.lid ?? contact?.lid ?? null
    return number === null ? { jid, alt: null } : { jid: jidOf(number), alt: lid }
  })
