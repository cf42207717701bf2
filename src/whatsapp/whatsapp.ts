/**
 * The port to WhatsApp: open a connection for a device, hear its signals, ask it to do things.
 *
 * What is heard is a Signal, in WhatsApp's own terms and without opinion; what to make of it is the actor's. The only
 * implementation for use is the Baileys adapter; `test/support` has one in memory, held to the same contract.
 */
import { Context, type Effect, Schema } from "effect"
import type { DeviceId } from "../events/ids.ts"
import type { IncomingContent, OutgoingContent } from "../events/message.ts"
import type { StoreUnavailable } from "../store/errors.ts"

/** Which number linked a device, and under which names WhatsApp knows it. */
export interface Identity {
  /** Digits with country code. */
  readonly number: string
  readonly jid: string
  readonly lid: string | null
  readonly platform: string | null
}

/** What concerns the connection itself. Signals of a connection that was given up are no longer of interest. */
export type LifecycleSignal =
  /** A QR to show until `expiresAt` (epoch milliseconds). Its text is a secret: it links an account. */
  | { readonly type: "qr"; readonly text: string; readonly expiresAt: number }
  /** A pairing code to type into the phone; as secret as a QR. */
  | { readonly type: "code"; readonly text: string; readonly expiresAt: number }
  | { readonly type: "paired"; readonly identity: Identity }
  | { readonly type: "login_started" }
  | { readonly type: "opened" }
  | { readonly type: "progressed"; readonly percent: number }
  /** The account wants the link confirmed with a passkey, which this gateway cannot do. */
  | { readonly type: "passkey_requested" }
  /** The connection is over, or could not be opened. Always the last signal of a connection. */
  | { readonly type: "closed"; readonly code: number; readonly endsAt?: number }

/** What all that arrives from people has in common. */
interface FromSomebody {
  /** Its own id. */
  readonly id: string
  readonly chat: string
  readonly chatAlt: string | null
  readonly sender: string
  readonly senderAlt: string | null
  /** From this account: sent with the phone itself, or with another linked device. */
  readonly fromMe: boolean
  readonly pushName: string | null
  /** Epoch milliseconds, by WhatsApp's clock, to the second. */
  readonly sentAt: number
  /** From WhatsApp's offline queue. */
  readonly offline: boolean
}

export type ReceivedMessage = FromSomebody & { readonly type: "message"; readonly content: IncomingContent }

/** What people do to earlier messages. `target`: the earlier message's id. */
export type Incoming =
  | ReceivedMessage
  | (FromSomebody & { readonly type: "edit"; readonly target: string; readonly content: IncomingContent })
  | (FromSomebody & { readonly type: "revoke"; readonly target: string })
  /** `emoji` null takes the reaction back. */
  | (FromSomebody & { readonly type: "reaction"; readonly target: string; readonly emoji: string | null })

/** What concerns messages. Facts about the account: they count whichever connection brought them. */
export type MessageSignal =
  | { readonly type: "acknowledged"; readonly messageId: string }
  | { readonly type: "refused"; readonly messageId: string; readonly code: string }
  | {
      readonly type: "receipt"
      readonly messageId: string
      readonly receipt: "delivered" | "read" | "played"
      readonly at: number | null
      /** In groups: whose receipt it is. */
      readonly participant: string | null
    }
  /** `recorded` is called once all of it is in the log: its sender may be told. */
  | { readonly type: "received"; readonly messages: readonly Incoming[]; readonly recorded?: () => void }
  /** A part of the history that the phone hands over after pairing. `progress`: percent, null when unknown. `recorded` as above. */
  | {
      readonly type: "history"
      readonly messages: readonly ReceivedMessage[]
      readonly progress: number | null
      readonly recorded?: () => void
    }

export type Signal = LifecycleSignal | MessageSignal

export interface OutgoingMessage {
  readonly messageId: string
  readonly chat: string
  /** The chat's other name, where known; WhatsApp gets the LID of a person. */
  readonly chatAlt: string | null
  readonly content: OutgoingContent
}

/** Transient: there is no open connection, or it broke before the message was handed over. */
export class NotConnected extends Schema.TaggedError<NotConnected>()("NotConnected", {}) {
  override get message(): string {
    return "there is no open connection to WhatsApp"
  }
}

/** Transient: WhatsApp did not answer in time. */
export class NoAnswer extends Schema.TaggedError<NoAnswer>()("NoAnswer", { asked: Schema.String }) {
  override get message(): string {
    return `WhatsApp did not answer: ${this.asked}`
  }
}

/** Transient or not, nobody knows: the message could not be built or its file not be uploaded. Nothing was sent. */
export class SendFailed extends Schema.TaggedError<SendFailed>()("SendFailed", {
  reason: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `the message could not be sent: ${this.reason}`
  }
}

/** A file that was received, as its message describes it. */
export type ReceivedMedia = Extract<IncomingContent, { readonly remote: unknown }>

/** Permanent: WhatsApp does not have the file any more. */
export class MediaGone extends Schema.TaggedError<MediaGone>()("MediaGone", {}) {
  override get message(): string {
    return "WhatsApp does not have the file any more"
  }
}

/** Permanent: the file is not what its message says, or the message does not say enough. */
export class MediaUnusable extends Schema.TaggedError<MediaUnusable>()("MediaUnusable", { reason: Schema.String }) {
  override get message(): string {
    return `the file cannot be used: ${this.reason}`
  }
}

/** An account on WhatsApp. */
export interface Recipient {
  /** As WhatsApp knows it; not always the number that was asked for. */
  readonly jid: string
  /** The account's LID, where it has one. */
  readonly lid: string | null
}

/** An open or opening connection of one device. */
export interface Connection {
  /** Resolves when the message was handed to the socket; WhatsApp's word comes as a signal. Same id, same message. */
  readonly send: (message: OutgoingMessage) => Effect.Effect<void, NotConnected | SendFailed>
  /** The account that has this number; null when there is none. */
  readonly resolve: (number: string) => Effect.Effect<Recipient | null, NotConnected | NoAnswer>
  /** Asks for a code to type into the phone of this number; it comes as the signal `code`. Only while a QR is shown. */
  readonly requestCode: (number: string) => Effect.Effect<void, NotConnected | NoAnswer>
  /** Takes this device off the account's linked devices. Only while connected. */
  readonly unlink: Effect.Effect<void, NotConnected | NoAnswer>
  /** Hands over everything heard so far and closes; no signal comes after it. */
  readonly close: Effect.Effect<void>
}

export interface OpenRequest {
  readonly device: { readonly id: DeviceId; readonly number: number }
  /** Called for every signal, in order; never after `close` has resolved. */
  readonly emit: (signal: Signal) => void
  /** Called whenever anything at all is heard from WhatsApp. */
  readonly heard: () => void
  /** What was sent under this id, for phones that could not decrypt it. */
  readonly sentContent: (messageId: string) => Effect.Effect<OutgoingContent | undefined>
  /** Ask for the newest protocol version first; the known one was refused. */
  readonly refreshVersion: boolean
}

export interface WhatsAppShape {
  /** Starts to open; how that goes comes as signals, `closed` included. Fails when the credentials cannot be read. */
  readonly open: (request: OpenRequest) => Effect.Effect<Connection, StoreUnavailable>
  /** Who is linked according to the stored credentials; null when they are not of a linked device. */
  readonly linkedIdentity: (deviceNumber: number) => Effect.Effect<Identity | null, StoreUnavailable>
  /**
   * A received file, decrypted, in pieces; needs no connection. Reading on rejects with NoAnswer where it breaks off, with
   * MediaUnusable where it was changed: use nothing of it before its end.
   */
  readonly download: (
    media: ReceivedMedia
  ) => Effect.Effect<AsyncIterable<Uint8Array>, MediaGone | MediaUnusable | NoAnswer>
}

export class WhatsApp extends Context.Service<WhatsApp, WhatsAppShape>()("bitacora/whatsapp/WhatsApp") {}
