/**
 * What can be asked of a device: one union of plain data, so that a command can travel to another process and be replayed in a
 * test. A command holds no function. What has to be written with its events is named by its key.
 */
import { Schema } from "effect"
import { Owner, Requester } from "../../events/device.ts"
import type { Origin } from "../../events/envelope.ts"
import { OutgoingContent } from "../../events/content.ts"
import { MessageContext } from "../../events/context.ts"
import type { CommandKey } from "../../store/command-log.ts"
import { isTarget } from "../../whatsapp/jid.ts"
import { GIVEN_ID } from "../../whatsapp/message-id.ts"
import { operations } from "../../whatsapp/operations/catalog.ts"
import { PasskeyAssertion } from "../../whatsapp/passkey.ts"

/** Creates the device: its first event. Refused for a device that exists. */
const Register = Schema.Struct({
  type: Schema.Literal("Register"),
  deviceNumber: Schema.Int,
  owner: Owner,
  /** The telephone number that is expected to link; null takes any. */
  number: Schema.NullOr(Schema.String),
  sessionId: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String)
})

/** Opens a connection, or retries now where a retry waits. `takeOver`: from the client that replaced this device. */
const Connect = Schema.Struct({
  type: Schema.Literal("Connect"),
  by: Requester,
  takeOver: Schema.optionalKey(Schema.Boolean)
})

/** Closes the connection and keeps the credentials; the device stays down until it is asked to connect. */
const Close = Schema.Struct({ type: Schema.Literal("Close"), by: Requester })

const Restart = Schema.Struct({ type: Schema.Literal("Restart"), by: Requester })

/** Ends the link at WhatsApp and deletes the credentials. */
const LogOut = Schema.Struct({ type: Schema.Literal("LogOut"), by: Schema.Literals(["user", "operator"]) })

/** Logs out and starts to pair again. */
const Reset = Schema.Struct({ type: Schema.Literal("Reset"), by: Schema.Literals(["user", "operator"]) })

const Remove = Schema.Struct({ type: Schema.Literal("Remove"), by: Requester })

/** Commands that the machine decides: each answers the device as it is once the command's events are durable. */
const lifecycle = [Register, Connect, Close, Restart, LogOut, Reset, Remove] as const
export const LifecycleCommand = Schema.Union(lifecycle)
export type LifecycleCommand = typeof LifecycleCommand.Type

/** Asks WhatsApp for a code to type into the phone of this number. Connects first where nothing is connected. */
export const PairByCode = Schema.Struct({
  type: Schema.Literal("PairByCode"),
  by: Schema.Literals(["user", "operator"]),
  /** Digits with country code. */
  number: Schema.String
})
export type PairByCode = typeof PairByCode.Type

/** Sends the passkey's answer to WhatsApp's challenge. Answers the device once WhatsApp has taken it. */
export const AnswerPasskey = Schema.Struct({
  type: Schema.Literal("AnswerPasskey"),
  by: Schema.Literals(["user", "operator"]),
  assertion: PasskeyAssertion
})
export type AnswerPasskey = typeof AnswerPasskey.Type

/** Says whether the phone shows the same code. If it does not, the link is called off. */
export const ConfirmPasskey = Schema.Struct({
  type: Schema.Literal("ConfirmPasskey"),
  by: Schema.Literals(["user", "operator"]),
  matches: Schema.Boolean
})
export type ConfirmPasskey = typeof ConfirmPasskey.Type

/**
 * Accepts a message for sending. Answers WhatsApp's ack, or `pending` once `ackTimeoutMs` are over. A caller that is interrupted
 * while it waits for the ack gives up the answer, not the message.
 */
export const Send = Schema.Struct({
  type: Schema.Literal("Send"),
  /** A telephone number (digits with country code), or the jid of a person, a group or a channel, or `status@broadcast`. */
  to: Schema.String.check(Schema.makeFilter(isTarget, { description: "a telephone number or a jid" })),
  content: OutgoingContent,
  /** What stands beside the content: a quote, mentions, that it is forwarded. */
  context: Schema.optionalKey(MessageContext),
  /** Whom a status is for, as jids. */
  audience: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The id that the client gives the message, new on this device; else the gateway draws one. */
  messageId: Schema.optionalKey(Schema.String.check(Schema.isPattern(GIVEN_ID))),
  ackTimeoutMs: Schema.Int
})
export type Send = typeof Send.Type

/** Waits for the ack of a message that was accepted before; answers `pending` where it does not come in time. */
export const AwaitAck = Schema.Struct({
  type: Schema.Literal("AwaitAck"),
  messageId: Schema.String,
  timeoutMs: Schema.Int
})
export type AwaitAck = typeof AwaitAck.Type

/** Asks the account's phone to upload the file of a message again, which WhatsApp has no longer. */
export const RequestUpload = Schema.Struct({
  type: Schema.Literal("RequestUpload"),
  messageId: Schema.String,
  chat: Schema.String,
  sender: Schema.String,
  fromMe: Schema.Boolean,
  /** Base64. */
  mediaKey: Schema.String
})
export type RequestUpload = typeof RequestUpload.Type

/**
 * Asks the account's phone for messages of a chat that are older than this one. Answers how many it gave, once they are recorded, or null
 * when it has not answered after `timeoutMs`.
 */
export const RequestHistory = Schema.Struct({
  type: Schema.Literal("RequestHistory"),
  chat: Schema.String,
  count: Schema.Int,
  oldest: Schema.Struct({
    messageId: Schema.String,
    fromMe: Schema.Boolean,
    sender: Schema.String,
    /** Epoch milliseconds. */
    sentAt: Schema.Int
  }),
  timeoutMs: Schema.Int
})
export type RequestHistory = typeof RequestHistory.Type

/** Asks WhatsApp to say who is online and who types in these chats, for so long, on every connection. Nothing of it is recorded. */
export const WatchPresence = Schema.Struct({
  type: Schema.Literal("WatchPresence"),
  chats: Schema.Array(Schema.Struct({ chat: Schema.String, chatAlt: Schema.NullOr(Schema.String) })),
  forMs: Schema.Int,
  /** A new client watches: WhatsApp is asked, and says how it is now, even where it was asked before. */
  isNew: Schema.Boolean
})
export type WatchPresence = typeof WatchPresence.Type

/**
 * Carries an operation of the catalogue out (src/whatsapp/operations). Answers what WhatsApp answered. A change is recorded, also when
 * its caller is interrupted.
 */
export const Operate = Schema.Struct({
  type: Schema.Literal("Operate"),
  name: Schema.Literals(operations.map(({ name }) => name)),
  input: Schema.Record(Schema.String, Schema.Json)
})
export type Operate = typeof Operate.Type

export const DeviceCommand = Schema.Union([
  ...lifecycle,
  PairByCode,
  AnswerPasskey,
  ConfirmPasskey,
  Send,
  AwaitAck,
  RequestUpload,
  RequestHistory,
  WatchPresence,
  Operate
])
export type DeviceCommand = typeof DeviceCommand.Type

/** A command as it is asked: by whom, and under which idempotency key, if any. */
export interface Asked<C extends DeviceCommand = DeviceCommand> {
  readonly command: C
  readonly origin: Origin
  /** Claimed in the transaction of the command's events. A key that is claimed already fails the command: DuplicateKey. */
  readonly key?: CommandKey | undefined
}
