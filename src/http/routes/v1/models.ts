/** How devices, events, messages, tokens and users look in /v1. Times are ISO 8601, hashes hex. */
import { Schema } from "effect"
import { Scope } from "../../../events/access.ts"
import { MessageContext } from "../../../events/context.ts"
import { UserAction } from "../../../events/device.ts"
import { type RecordedEvent, toHex } from "../../../events/envelope.ts"
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
    next: described(Text, "Give it as `after` to get the next page; null on the last.")
  })

export const DeviceModel = Schema.Struct({
  id: described(Schema.String, "`dev_…`; names the device for ever."),
  deviceNumber: described(Schema.Int, "The number that stands in events."),
  number: described(Text, "The telephone number that it links or is expected to link, digits with country code."),
  sessionId: Text,
  name: Text,
  state: described(
    Schema.Literals(["NONE", "INIT", "QR", "LOADING", "CONNECTED", "RECONNECTING", "ERROR", "removed"]),
    "Messages can be sent in CONNECTED."
  ),
  ready: Schema.Boolean,
  hasQr: Schema.Boolean,
  wanted: described(Schema.Boolean, "It was asked to connect, and not to stop."),
  paired: Schema.Boolean,
  jid: Text,
  lid: Text,
  syncPercent: described(Schema.NullOr(Schema.Int), "Percent of its history that the phone has handed over."),
  reason: described(Text, "Why the connection was lost or given up."),
  userAction: described(Schema.NullOr(UserAction), "What a person has to do before it can connect."),
  registeredAt: Time,
  connectedAt: Time,
  disconnectedAt: Time,
  lastSeen: described(Time, "When anything was last heard from WhatsApp.")
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
  position: described(Schema.Int, "Its place in the log: gap-free, in the order of commits."),
  stream: Schema.String,
  version: described(Schema.Int, "Its place in the stream."),
  device: described(Schema.NullOr(Schema.Int), "The device's `deviceNumber`."),
  type: Schema.String,
  from: described(Text, "The device's state before."),
  to: described(Text, "The device's state after."),
  who: described(Schema.String, "Who caused it: `user:<n>`, `operator`, `whatsapp`, `gateway`."),
  commandId: described(Text, "The request that caused it."),
  correlation: Text,
  recordedAt: Time,
  hash: Schema.String,
  data: described(Schema.Unknown, "By `type`, as docs/EVENTS.md lists them; null once it was erased.")
}).annotate({ identifier: "Event" })

/** An event as JSON text; the payload stands in it as it was recorded, without being parsed. */
export const eventText = (event: RecordedEvent): string => {
  const envelope = JSON.stringify({
    position: event.position,
    stream: event.stream,
    version: event.version,
    device: event.device,
    type: event.type,
    from: event.fromState,
    to: event.toState,
    who: event.who,
    commandId: event.commandId,
    correlation: event.correlation,
    recordedAt: iso(event.recordedAt),
    hash: toHex(event.hash)
  })
  return `${envelope.slice(0, -1)},"data":${event.text ?? "null"}}`
}

export const TransitionModel = Schema.Struct({
  position: Schema.Int,
  version: Schema.Int,
  type: Schema.String,
  from: Text,
  to: Text,
  who: Schema.String,
  recordedAt: Time
})

/** A step of a device's history, without its payload. */
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
  id: described(Schema.String, "WhatsApp's own id: the recipient's phone has the same."),
  device: described(Schema.String, "The id of the device that sent or received it."),
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
    "`sent`: WhatsApp's server has acknowledged it."
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
    "Why it was not sent: WhatsApp's code, or `expired`, `not_sent`, `device_removed`."
  ),
  position: described(Schema.Int, "The event that holds its content.")
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
  name: described(Text, "Null for a token of a login."),
  scopes: Schema.Array(Scope),
  devices: described(Schema.NullOr(Schema.Array(Schema.String)), "The devices that it reaches; null for all."),
  issuedAt: Time,
  expiresAt: Time,
  lastUsedAt: described(Time, "To the minute.")
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
  userNumber: described(Schema.Int, "The number that stands in events."),
  number: described(Schema.String, "The telephone number that names the account."),
  registeredAt: Time
}).annotate({ identifier: "User" })

export const userModel = (account: Account): typeof UserModel.Encoded => ({
  id: account.userId,
  userNumber: account.userNumber,
  number: account.number,
  registeredAt: iso(account.registeredAt)
})
