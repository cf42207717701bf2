/** Builds places, contact cards, pins, keeps and disappearing timers, as phones send them. */
import { proto } from "@whiskeysockets/baileys"

/** A place to send. */
export interface OutgoingPlace {
  readonly latitude: number
  readonly longitude: number
  readonly name?: string
  readonly address?: string
  readonly live?: boolean
}

/** A place, or one that moves. */
export function placeMessage({ latitude, longitude, name, address, live }: OutgoingPlace): proto.IMessage {
  const at = { degreesLatitude: latitude, degreesLongitude: longitude }
  if (live === true)
    return {
      liveLocationMessage: { ...at, sequenceNumber: Date.now(), ...(name === undefined ? {} : { caption: name }) }
    }
  return {
    locationMessage: { ...at, ...(name === undefined ? {} : { name }), ...(address === undefined ? {} : { address }) }
  }
}

/** One contact card, or several. */
export function cardMessage(cards: readonly { readonly name: string; readonly vcard: string }[]): proto.IMessage {
  const contacts = cards.map(({ name, vcard }) => ({ displayName: name, vcard }))
  const [first] = contacts
  if (contacts.length === 1 && first !== undefined) return { contactMessage: first }
  return { contactsArrayMessage: { displayName: `${contacts.length} contacts`, contacts } }
}

/** A pin of a message; 0 seconds take it back. */
export function pinMessage(key: proto.IMessageKey, seconds: number): proto.IMessage {
  const { PIN_FOR_ALL, UNPIN_FOR_ALL } = proto.Message.PinInChatMessage.Type
  const type = seconds > 0 ? PIN_FOR_ALL : UNPIN_FOR_ALL
  return {
    pinInChatMessage: { key, type, senderTimestampMs: Date.now() },
    messageContextInfo: { messageAddOnDurationInSecs: seconds }
  }
}

/** Keeps a disappearing message, or no longer. */
export function keepMessage(key: proto.IMessageKey, active: boolean): proto.IMessage {
  const { KEEP_FOR_ALL, UNDO_KEEP_FOR_ALL } = proto.KeepType
  const keepType = active ? KEEP_FOR_ALL : UNDO_KEEP_FOR_ALL
  return { keepInChatMessage: { key, keepType, timestampMs: Date.now() } }
}

/** Sets the disappearing timer of a chat. */
export function timerMessage(seconds: number): proto.IMessage {
  const { EPHEMERAL_SETTING: type } = proto.Message.ProtocolMessage.Type
  const ephemeralSettingTimestamp = Math.floor(Date.now() / 1000)
  return { protocolMessage: { type, ephemeralExpiration: seconds, ephemeralSettingTimestamp } }
}
