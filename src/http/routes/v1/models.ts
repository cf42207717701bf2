/** The form of devices, events, messages, tokens and users in /v1. Times are ISO 8601, hashes hex. */
import { Schema } from "effect"
import { Scope } from "../../../events/access.ts"
import { MessageContext } from "../../../events/context.ts"
import { UserAction } from "../../../events/device.ts"
import type { RecordedEvent } from "../../../events/envelope.ts"
import { summaryOf } from "../../../events/summary.ts"
import type { DeviceView } from "../../../application/device-view.ts"
import type { DevicesMessage } from "../../../application/messages.ts"
import type { Account } from "../../../store/accounts.ts"
import type { Said } from "../../../store/said.ts"
import type { Token } from "../../../store/tokens.ts"
import { ContentModel, contentModel } from "./content-model.ts"

const described = <S extends Schema.Top>(schema: S, description: string) => schema.annotate({ description })
const Text = Schema.NullOr(Schema.String)
const Time = Schema.NullOr(Schema.String).annotate({ description: "ISO 8601, or null." })

export const iso = (at: number | null | undefined): string | null =>
  at === null || at === undefined ? null : new Date(at).toISOString()

/** A page of a list. */
export const pageOf = <S extends Schema.Top>(item: S) =>
  Schema.Struct({
    items: Schema.Array(item),
    next: described(Text, "Send it as `after` to get the next page. Null on the last page.")
  })

/** What a client may be told to do. */
const ShownActionModel = Schema.Literals([...UserAction.literals, "scan", "enter_code"])

export const DeviceModel = Schema.Struct({
  id: described(Schema.String, "`dev_…`. It never changes and is never reused."),
  deviceNumber: described(Schema.Int, "The device's number in events."),
  number: described(
    Text,
    "The telephone number that is linked, or is expected to be linked: digits with country code."
  ),
  sessionId: Text,
  name: Text,
  state: described(
    Schema.Literals(["NONE", "INIT", "QR", "LOADING", "CONNECTED", "RECONNECTING", "ERROR", "removed"]),
    "The device can send messages in CONNECTED."
  ),
  ready: Schema.Boolean,
  hasQr: Schema.Boolean,
  wanted: described(Schema.Boolean, "A client started the device and has not stopped it."),
  paired: Schema.Boolean,
  jid: Text,
  lid: Text,
  syncPercent: described(Schema.NullOr(Schema.Int), "How much of its history the phone has sent, in percent."),
  reason: described(Text, "Why the connection was lost, or why the gateway stopped retrying."),
  userAction: described(
    Schema.NullOr(ShownActionModel),
    "What a person has to do before the device can connect. For a link: `scan` or `scan_again` (the phone refused the QR: scan the new one), `enter_code`, `new_code` (the pairing code ended: request another), `passkey` (the account's owner has to sign), `confirm_code` (compare with the phone)."
  ),
  registeredAt: Time,
  connectedAt: Time,
  disconnectedAt: Time,
  lastSeen: described(Time, "When the gateway last heard from WhatsApp.")
}).annotate({ identifier: "Device" })

export const deviceModel = (device: DeviceView): typeof DeviceModel.Encoded => ({
  id: device.id,
  deviceNumber: device.deviceNumber,
  number: device.number,
  sessionId: device.sessionId,
  name: device.name,
  state: device.state as (typeof DeviceModel.Encoded)["state"],
  ready: device.isReady,
  hasQr: device.qr !== null,
  wanted: device.wanted,
  paired: device.paired,
  jid: device.jid,
  lid: device.lid,
  syncPercent: device.syncPercent,
  reason: device.reason,
  userAction: device.userAction,
  registeredAt: iso(device.registeredAt),
  connectedAt: iso(device.connectedAt),
  disconnectedAt: iso(device.disconnectedAt),
  lastSeen: iso(device.lastSeen)
})

export const EventModel = Schema.Struct({
  position: described(Schema.Int, "The event's position in the log: without gaps, in commit order."),
  stream: Schema.String,
  version: described(Schema.Int, "The event's version within its stream, from 1."),
  device: described(Schema.NullOr(Schema.Int), "The device's `deviceNumber`."),
  type: Schema.String,
  from: described(Text, "The device's state before the event."),
  to: described(Text, "The device's state after the event."),
  who: described(Schema.String, "Who caused the event: `user:<n>`, `operator`, `anonymous`, `whatsapp` or `gateway`."),
  commandId: described(Text, "The request that caused the event."),
  correlation: Text,
  recordedAt: Time,
  hash: Schema.String,
  data: described(Schema.Unknown, "The fields of the event's `type` (docs/EVENTS.md). Null after an erasure.")
}).annotate({ identifier: "Event" })

export const TransitionModel = Schema.Struct({
  position: Schema.Int,
  version: Schema.Int,
  type: Schema.String,
  from: Text,
  to: Text,
  who: Schema.String,
  recordedAt: Time
})

/** A step of a device's history, without the payload. */
export const transitionModel = (event: RecordedEvent): typeof TransitionModel.Encoded => ({
  position: event.position,
  version: event.version,
  type: event.type,
  from: event.fromState,
  to: event.toState,
  who: event.who,
  recordedAt: iso(event.recordedAt)
})

export const MessageModel = Schema.Struct({
  id: described(Schema.String, "WhatsApp's message id, which the recipient's phone uses too."),
  device: described(Schema.String, "The id of the device that sent or received the message."),
  chat: Schema.String,
  fromMe: Schema.Boolean,
  kind: described(
    Schema.String,
    "That of its content; or `edit`, `revoke`, `reaction`, `vote`, `answer`, `pin`, `keep`."
  ),
  content: Schema.NullOr(ContentModel),
  context: described(
    Schema.NullOr(MessageContext),
    "What stands beside the content: the message it answers, mentions, links, where it was forwarded from."
  ),
  summary: described(Text, "One line that says what it is."),
  status: described(
    Schema.Literals(["queued", "failed", "sent", "received", "delivered", "read", "played"]),
    "The delivery status. `sent`: WhatsApp's server has acknowledged the message."
  ),
  createdAt: Time,
  sentAt: Time,
  deliveredAt: Time,
  readAt: Time,
  playedAt: Time,
  failedAt: Time,
  editedAt: described(Time, "When its sender last changed it; `content` is what it says since then."),
  revokedAt: described(Time, "When it was deleted for everyone."),
  failure: described(
    Schema.NullOr(Schema.Struct({ code: Schema.String, text: Schema.String })),
    "Why the message was not sent: WhatsApp's code, or `expired`, `not_sent` or `device_removed`."
  ),
  position: described(Schema.Int, "The position of the event with the message's content.")
}).annotate({ identifier: "Message" })

/** `said`: undefined once its content was erased. */
export const messageModel = (message: DevicesMessage, said: Said | undefined): typeof MessageModel.Encoded => ({
  id: message.messageId,
  device: message.device,
  chat: message.chat,
  fromMe: message.fromMe,
  kind: message.kind === "unavailable" && said ? said.content.kind : message.kind,
  content: said ? contentModel(said.content) : null,
  context: said?.context ?? null,
  summary: said ? summaryOf(said.content) : null,
  status: message.status,
  createdAt: iso(message.createdAt),
  sentAt: iso(message.sentAt),
  deliveredAt: iso(message.deliveredAt),
  readAt: iso(message.readAt),
  playedAt: iso(message.playedAt),
  failedAt: iso(message.failedAt),
  editedAt: iso(message.editedAt),
  revokedAt: iso(message.revokedAt),
  failure: message.failure,
  position: message.position
})

export const TokenModel = Schema.Struct({
  id: Schema.String,
  name: described(Text, "Null for a token from a login."),
  scopes: Schema.Array(Scope),
  devices: described(
    Schema.NullOr(Schema.Array(Schema.String)),
    "The devices that the token reaches. Null for all devices of its owner."
  ),
  issuedAt: Time,
  expiresAt: Time,
  lastUsedAt: described(Time, "Updated once a minute.")
}).annotate({ identifier: "Token" })

export const tokenModel = (token: Token): typeof TokenModel.Encoded => ({
  id: token.tokenId,
  name: token.name,
  scopes: token.scopes,
  devices: token.devices,
  issuedAt: iso(token.issuedAt),
  expiresAt: iso(token.expiresAt),
  lastUsedAt: iso(token.lastUsedAt)
})

export const UserModel = Schema.Struct({
  id: Schema.String,
  userNumber: described(Schema.Int, "The user's number in events."),
  number: described(Schema.String, "The telephone number of the account."),
  registeredAt: Time
}).annotate({ identifier: "User" })

export const userModel = (account: Account): typeof UserModel.Encoded => ({
  id: account.userId,
  userNumber: account.userNumber,
  number: account.number,
  registeredAt: iso(account.registeredAt)
})
