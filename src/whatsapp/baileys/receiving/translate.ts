/**
 * Translates Baileys' messages into the port's: one translation for messages that arrive live, from the offline queue, in the history,
 * and again from the phone. Pure. What else is needed to finish a message (names, secrets, roles) is looked up in reading.ts.
 */
import type { WAMessage } from "@whiskeysockets/baileys"
import type { IncomingContent } from "../../../events/content.ts"
import type { Incoming, ReceivedMessage } from "../../whatsapp.ts"
import { accountOf, boundedName, isOwn, isPerson, type Self } from "../jid.ts"
import { count, cut, NAME_MAX } from "./content/bounds.ts"
import { type From, translateDeed } from "./content/deeds.ts"
import { translateSaid } from "./content/said.ts"
import { type Unwrapped, unwrap } from "./content/unwrap.ts"

/** Undefined for a message that no person wrote (key exchange, history, protocol notices). */
export const translateMessage = (given: WAMessage, self: Self, offline: boolean): Incoming | undefined => {
  const from = fromOf(given, self, offline)
  if (from?.fromMe && given.category === PEER) return undefined
  return from && given.message ? translateUnwrapped(unwrap(given.message), from, self) : undefined
}

/** Of a message between the account's own devices. */
const PEER = "peer"

/** The same for a message that is known already, such as one that was sealed inside another. */
export const translateUnwrapped = (unwrapped: Unwrapped, from: From, self: Self): Incoming | undefined => {
  const deed = translateDeed(unwrapped, from, self)
  if (deed !== undefined) return deed ?? undefined
  const said = translateSaid(unwrapped)
  return said && { type: "message", ...from, ...said }
}

type Reason = Extract<IncomingContent, { readonly kind: "unavailable" }>["reason"]

/** A message that WhatsApp gave without its content. */
export const translateUnavailable = (
  given: WAMessage,
  reason: Reason,
  self: Self,
  offline: boolean
): ReceivedMessage | undefined => {
  const from = fromOf(given, self, offline)
  return from && { type: "message", ...from, content: { kind: "unavailable", reason } }
}

const fromOf = ({ key, pushName, messageTimestamp }: WAMessage, self: Self, offline: boolean): From | undefined => {
  if (!key.id || !key.remoteJid) return undefined
  const chat = accountOf(key.remoteJid)
  return {
    id: boundedName(key.id),
    chat,
    chatAlt: isPerson(chat) ? otherName(key.remoteJidAlt, self, key.fromMe === true) : null,
    ...senderOf(key, self),
    fromMe: key.fromMe === true,
    pushName: pushName ? cut(pushName, NAME_MAX) : null,
    sentAt: (count(messageTimestamp) ?? 0) * 1_000,
    offline
  }
}

/** The chat's other name. Beside a copy of an own message, a name of this account is its sender's, not the chat's. */
const otherName = (alt: string | null | undefined, self: Self, fromMe: boolean): string | null => {
  if (!alt) return null
  const account = accountOf(alt)
  return fromMe && isOwn(account, self) ? null : account
}

/** In a broadcast Baileys gives the sender's other name as the chat's. */
const senderOf = ({ fromMe, participant, participantAlt, remoteJid, remoteJidAlt }: WAMessage["key"], self: Self) => {
  const [sender, alt] = fromMe
    ? [self.jid, self.lid]
    : participant
      ? [participant, participantAlt ?? remoteJidAlt]
      : [remoteJid ?? "", remoteJidAlt]
  return { sender: accountOf(sender), senderAlt: alt ? accountOf(alt) : null }
}
