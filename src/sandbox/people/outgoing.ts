/**
 * What a person can send, and the message that carries it. An id is that of a message in the person's inbox or of its own.
 */
import { randomBytes } from "node:crypto"
import { isJidGroup, isJidNewsletter, proto } from "@whiskeysockets/baileys"
import type { MediaClient } from "../media/client.ts"
import { InvalidRequest } from "../request-errors.ts"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import { addressingOf, jidOf, lidJid } from "../state/jid.ts"
import type { Handset, Submission } from "./handset.ts"
import type { InboxMessage } from "./inbox.ts"
import { cardMessage, keepMessage, type OutgoingPlace, pinMessage, placeMessage, timerMessage } from "./chat-content.ts"
import { mediaMessage, mediaTypeOf, messageAbout, type OutgoingMedia, textMessage } from "./message-content.ts"
import { present } from "./message-summary.ts"
import { answerMessage, type Original, sealedEditMessage, voteMessage } from "./sealing.ts"

export type Outgoing =
  /** A text; with `quote`, a reply to that message. */
  | { readonly text: string; readonly quote?: string }
  | OutgoingMedia
  /** Changes the text of one of its own messages. `sealed`: encrypted with that message's secret, as newer phones do. */
  | { readonly text: string; readonly edit: string; readonly sealed?: boolean }
  /** Deletes a message at every recipient: one of its own, or as an administrator of a group that of another member. */
  | { readonly revoke: string }
  /** A reaction to a message; an empty text removes it. */
  | { readonly react: string; readonly target: string }
  | { readonly poll: { readonly name: string; readonly options: readonly string[]; readonly selectable?: number } }
  /** A vote for these options of a poll; none take the vote back. */
  | { readonly vote: string; readonly options: readonly string[] }
  /** An invitation to an event. `startsAt`: unix seconds. */
  | { readonly event: { readonly name: string; readonly startsAt?: number; readonly description?: string } }
  | { readonly answer: "going" | "notGoing" | "maybe"; readonly event: string; readonly extraGuests?: number }
  /** A place; `live`: one that moves. */
  | { readonly location: OutgoingPlace }
  | { readonly contacts: readonly { readonly name: string; readonly vcard: string }[] }
  /** Pins a message for everyone for so many seconds; 0 takes it back. */
  | { readonly pin: string; readonly seconds: number }
  /** Keeps a disappearing message, or no longer. */
  | { readonly keep: string; readonly active: boolean }
  /** Sets the disappearing timer of a 1:1 chat; 0 for none. */
  | { readonly disappearing: number }
  /** Any other message, as WhatsApp's Message. `extra`: encoded fields that Baileys' Message does not know. */
  | { readonly message: proto.IMessage; readonly extra?: Uint8Array }

/** What is needed to build a message. */
export interface ComposerParts {
  readonly accounts: Accounts
  readonly media: MediaClient
}

export type Composed = Pick<Submission, "message" | "edit" | "type" | "extra" | "serverId">

const SENDER_REVOKE = "7"
const ADMIN_REVOKE = "8"
const PIN = "2"

/** Builds the message of a person that has this handset, for this recipient. */
export class Composer {
  readonly #handset: Handset
  readonly #parts: ComposerParts

  constructor(handset: Handset, parts: ComposerParts) {
    this.#handset = handset
    this.#parts = parts
  }

  async compose(to: string, content: Outgoing): Promise<Composed> {
    if ("media" in content) {
      const { media } = this.#parts
      const type = mediaTypeOf(content)
      const uploaded = await (isJidNewsletter(to) === true
        ? media.uploadPlain(content.media, type)
        : media.upload(content.media, type))
      return { message: withSecret(mediaMessage(content, uploaded)), type: "media" }
    }
    if ("edit" in content) return { message: this.#edit(to, content), edit: "1" }
    if ("revoke" in content) {
      const key = this.#keyOf(content.revoke, to)
      return { message: messageAbout(key, { revoke: true }), edit: key.fromMe ? SENDER_REVOKE : ADMIN_REVOKE }
    }
    if ("react" in content) {
      const { react, target } = content
      const { serverId } = this.#handset.inbox.find(target) ?? {}
      return {
        message: messageAbout(this.#keyOf(target, to), { react }),
        type: "reaction",
        ...present("serverId", serverId)
      }
    }
    if ("poll" in content) return { message: withSecret(pollMessage(content.poll)), type: "poll" }
    if ("vote" in content) {
      const poll = this.#original(content.vote, to)
      return { message: voteMessage(poll, this.#ownJid(to), content.options), type: "poll" }
    }
    if ("answer" in content) {
      const event = this.#original(content.event, to)
      const { answer, extraGuests = 0 } = content
      return { message: answerMessage(event, this.#ownJid(to), answer, extraGuests), type: "event" }
    }
    if ("event" in content) return { message: withSecret(eventMessage(content.event)), type: "event" }
    if ("location" in content) return { message: withSecret(placeMessage(content.location)) }
    if ("contacts" in content) return { message: withSecret(cardMessage(content.contacts)) }
    if ("pin" in content) return { message: pinMessage(this.#keyOf(content.pin, to), content.seconds), edit: PIN }
    if ("keep" in content) return { message: keepMessage(this.#keyOf(content.keep, to), content.active) }
    if ("disappearing" in content) return { message: timerMessage(content.disappearing) }
    if ("message" in content) return content
    const quoted = content.quote === undefined ? undefined : this.#quoted(content.quote)
    return { message: withSecret(textMessage(content.text, quoted)) }
  }

  #edit(to: string, { edit, text, sealed }: Extract<Outgoing, { readonly edit: string }>): proto.IMessage {
    if (sealed !== true) return messageAbout(this.#keyOf(edit, to), { edit: text })
    return sealedEditMessage(this.#original(edit, to), this.#ownJid(to), { conversation: text })
  }

  /** The key of a message, as this person sees it. */
  #keyOf(id: string, chat: string): proto.IMessageKey {
    if (this.#handset.sentMessage(id) !== undefined) return { remoteJid: chat, fromMe: true, id }
    const message = this.#inInbox(id)
    const author = this.#parts.accounts.find(message.from)
    const participant = isJidGroup(chat) === true && author !== undefined ? lidJid(author) : undefined
    const key = { remoteJid: chat, fromMe: message.fromMe === true, id }
    return participant === undefined ? key : { ...key, participant }
  }

  /** A message with its secret. Fails for a message without one. */
  #original(id: string, chat: string): Original {
    const own = this.#handset.sentMessage(id)
    const message = own?.message ?? proto.Message.decode(this.#inInbox(id).raw)
    const author = own === undefined ? this.#parts.accounts.find(this.#inInbox(id).from) : this.#handset.account
    const secret = message.messageContextInfo?.messageSecret
    if (!secret || author === undefined) throw new InvalidRequest(`message ${id} has no secret to encrypt with`)
    return { key: this.#keyOf(id, chat), secret, author: this.#jidIn(chat, author) }
  }

  #ownJid(chat: string): string {
    return this.#jidIn(chat, this.#handset.account)
  }

  /** Groups address their members by LID. */
  #jidIn(chat: string, account: Account): string {
    return isJidGroup(chat) === true ? lidJid(account) : jidOf(addressingOf(chat), account)
  }

  #quoted(id: string): { id: string; author: string; message: proto.IMessage } {
    const own = this.#handset.sentMessage(id)
    if (own !== undefined) return { id, author: jidOf("pn", this.#handset.account), message: own.message }
    const message = this.#inInbox(id)
    const author = this.#parts.accounts.find(message.from)
    const jid = author === undefined ? message.chat : jidOf(message.chat.endsWith("@lid") ? "lid" : "pn", author)
    return { id, author: jid, message: proto.Message.decode(message.raw) }
  }

  #inInbox(id: string): InboxMessage {
    const message = this.#handset.inbox.find(id)
    if (message === undefined) throw new InvalidRequest(`${this.#handset.account.number} has no message ${id}`)
    return message
  }
}

/** Phones give each message a secret. What others do to the message later is encrypted with it. */
function withSecret(message: proto.IMessage): proto.IMessage {
  return { ...message, messageContextInfo: { ...message.messageContextInfo, messageSecret: randomBytes(32) } }
}

type OutgoingPoll = Extract<Outgoing, { readonly poll: unknown }>["poll"]

/** A poll with one choice is another field than one with several (messages.js generateWAMessageContent). */
function pollMessage({ name, options, selectable = 1 }: OutgoingPoll): proto.IMessage {
  const poll = { name, options: options.map((optionName) => ({ optionName })), selectableOptionsCount: selectable }
  return selectable === 1 ? { pollCreationMessageV3: poll } : { pollCreationMessage: poll }
}

type OutgoingEvent = Exclude<Extract<Outgoing, { readonly event: unknown }>["event"], string>

function eventMessage({ name, description, startsAt }: OutgoingEvent): proto.IMessage {
  const event = { name, startTime: startsAt ?? Math.floor(Date.now() / 1000) + 86_400, isCanceled: false }
  return { eventMessage: description === undefined ? event : { ...event, description } }
}
