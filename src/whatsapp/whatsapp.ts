/**
 * The port to WhatsApp: opens a connection for a device, reports what WhatsApp says as signals, and carries out requests.
 *
 * A Signal states in WhatsApp's own terms what happened; the device's actor decides what follows. The Baileys adapter is the
 * implementation in use. `test/support` has another in memory, which passes the same contract (test/whatsapp/port.contract.ts).
 */
import { Context, type Effect, Schema } from "effect"
import type { CodeEnd, NewChatCap, PasskeyFailure, RedrawReason } from "../events/device.ts"
import type { DeviceId } from "../events/ids.ts"
import type { IncomingContent, IncomingMedia, OutgoingContent, Sealed } from "../events/content.ts"
import type { Author, MessageContext } from "../events/context.ts"
import type { EventAnswer, HistoryMessage, RefusalCause } from "../events/message.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { codeRefusal } from "./codes.ts"
import type { InputOf, OperationName, OutputOf } from "./operations/catalog.ts"
import type { OperationRefused, OperationUnfit } from "./operations/failures.ts"
import type { PasskeyAssertion } from "./passkey.ts"
import type { PresenceSeen, RosterChange, Told } from "./roster.ts"

/** The account that a device is linked to. */
export interface Identity {
  /** Digits with country code. */
  readonly number: string
  readonly jid: string
  readonly lid: string | null
  readonly platform: string | null
}

/** `kind`: WhatsApp's word for the reason. */
export interface ReachoutLock {
  readonly kind: string
  readonly until: number
}

/** What happens to the connection itself. The actor ignores signals of a connection that it gave up. */
export type LifecycleSignal =
  /** A QR to show until `expiresAt` (epoch milliseconds). Its text is a secret, because it links an account. */
  | { readonly type: "qr"; readonly text: string; readonly expiresAt: number }
  /** The secret in the QR was given up. This one takes its place, until the same time; only this one can link. */
  | { readonly type: "qr_redrawn"; readonly text: string; readonly expiresAt: number; readonly reason: RedrawReason }
  /** A pairing code that the user types into the phone; as secret as a QR. */
  | { readonly type: "code"; readonly text: string; readonly expiresAt: number }
  | { readonly type: "paired"; readonly identity: Identity }
  | { readonly type: "login_started" }
  | { readonly type: "opened" }
  | { readonly type: "progressed"; readonly percent: number }
  /** The pairing code links nothing any more, before its time. `code`: WhatsApp's, where it refused. */
  | { readonly type: "code_ended"; readonly reason: CodeEnd; readonly code?: number }
  /**
   * A passkey protects the account: its owner has to sign a challenge until `expiresAt`. `options`: the challenge, as the JSON of
   * WebAuthn's PublicKeyCredentialRequestOptions.
   */
  | { readonly type: "passkey_requested"; readonly options: string; readonly expiresAt: number }
  /** A code that has to be the one that the phone shows, if the phone shows one. */
  | { readonly type: "confirm_code"; readonly text: string; readonly expiresAt: number }
  /** WhatsApp lets the account write to no new people, until epoch milliseconds `until`; null: it may write to new people. */
  | { readonly type: "reachout"; readonly lock: ReachoutLock | null }
  | { readonly type: "new_chats"; readonly cap: NewChatCap }
  /** The link with a passkey led nowhere. `passkey_requested` follows when WhatsApp gives another challenge, else `closed`. */
  | { readonly type: "passkey_failed"; readonly reason: PasskeyFailure; readonly code?: number }
  /**
   * The connection ended, or could not be opened. Always the last signal of a connection.
   * `code`: mostly a CloseCode (codes.ts). `endsAt`: when a ban ends, epoch milliseconds.
   */
  | { readonly type: "closed"; readonly code: number; readonly endsAt?: number }

/** What everything that a person sends has in common. */
interface FromPerson {
  readonly id: string
  readonly chat: string
  readonly chatAlt: string | null
  readonly sender: string
  readonly senderAlt: string | null
  /** This account sent it, with the phone or with another linked device. */
  readonly fromMe: boolean
  readonly pushName: string | null
  /** Epoch milliseconds, by WhatsApp's clock, to the second. */
  readonly sentAt: number
  /** WhatsApp kept it while the device was not connected. */
  readonly offline: boolean
}

/** What a message says. `secret`: with it WhatsApp encrypts what people do to the message later. */
interface Said {
  readonly content: IncomingContent
  readonly context?: MessageContext
  readonly secret?: string
}

/** Something that a person does to a message. `target`: its id. `author`: who wrote it, where that is known. */
interface Deed {
  readonly target: string
  readonly author?: Author
}

/** What the gateway could not decrypt: the message that it is about is not known here. */
interface MaybeSealed {
  readonly sealed?: Sealed
}

export type ReceivedMessage = FromPerson & Said & { readonly type: "message" }

/** A message of the history, with what people had done to it. */
export type PastMessage = ReceivedMessage & Pick<HistoryMessage, "reactions" | "votes" | "answers">

/** A message, or what a person does to an earlier message. */
export type Incoming =
  | ReceivedMessage
  | (FromPerson & Said & { readonly type: "edit"; readonly target: string })
  /** `byAdmin`: an administrator of the group deletes the message of another member. */
  | (FromPerson & Deed & { readonly type: "revoke"; readonly byAdmin?: true })
  /** `emoji` null takes the reaction back. */
  | (FromPerson & Deed & MaybeSealed & { readonly type: "reaction"; readonly emoji: string | null })
  /** `options` null: it could not be decrypted. */
  | (FromPerson & Deed & MaybeSealed & { readonly type: "vote"; readonly options: readonly VotedOption[] | null })
  | (FromPerson &
      Deed &
      MaybeSealed & {
        readonly type: "answer"
        readonly answer: typeof EventAnswer.Type | null
        readonly extraGuests: number
      })
  | (FromPerson & Deed & { readonly type: "pin"; readonly pinned: boolean; readonly seconds: number | null })
  | (FromPerson & Deed & { readonly type: "keep"; readonly kept: boolean })

/** `hash`: SHA-256 of the option's text, in hex. `name`: the text, where the poll is known. */
export interface VotedOption {
  readonly hash: string
  readonly name: string | null
}

/** What happens to messages. Facts about the account: they stay valid when the actor has given up the connection they came over. */
export type MessageSignal =
  | { readonly type: "acknowledged"; readonly messageId: string }
  /** WhatsApp's server refused the message. `code`: mostly an AckError (codes.ts). `cause`: where the code has several, and it is known. */
  | { readonly type: "refused"; readonly messageId: string; readonly code: string; readonly cause?: RefusalCause }
  | {
      readonly type: "receipt"
      readonly messageId: string
      readonly receipt: "delivered" | "read" | "played"
      readonly at: number | null
      /** The member who gave the receipt, in groups; null elsewhere. */
      readonly participant: string | null
    }
  /** The actor calls `recorded` when all messages are in the log; the adapter then confirms them to their sender. */
  | { readonly type: "received"; readonly messages: readonly Incoming[]; readonly recorded?: () => void }
  /** A part of the history that the phone sends after pairing. `progress`: percent, null when unknown. `recorded` as above. */
  | {
      readonly type: "history"
      readonly messages: readonly PastMessage[]
      readonly progress: number | null
      readonly recorded?: () => void
    }

/** What the account knows of people, chats and groups; valid as messages are. `recorded`: all that is new of it is in the log. */
export interface RosterSignal {
  readonly type: "roster"
  readonly changes: readonly RosterChange[]
  readonly told: Told
  readonly recorded?: () => void
}

export type Signal = LifecycleSignal | MessageSignal | RosterSignal

export interface OutgoingMessage {
  readonly messageId: string
  readonly chat: string
  /** The chat's other name, where known: the LID of a person, and then WhatsApp is given the LID. */
  readonly chatAlt: string | null
  readonly content: OutgoingContent
  readonly context?: MessageContext
  /** Whom a status is for, as jids. */
  readonly audience?: readonly string[]
  /** 32 bytes in base64, the same for each attempt; absent where each attempt may take its own. */
  readonly secret?: string
}

/** A message that the device has sent or received, for what people do to it later. */
export interface Original {
  /** The jids of who wrote it; none for a message that was sent from here. */
  readonly authors: readonly string[]
  readonly secret?: string
  /** What can be voted for, where it is a poll. */
  readonly options: readonly string[]
  /** What it says now; absent for one that is not in the log yet. */
  readonly content?: OutgoingContent | IncomingContent
}

/** What is known of earlier messages. */
export interface KnownMessages {
  /** What was sent under this id, for a device that could not decrypt it. */
  readonly sentMessage: (messageId: string) => Effect.Effect<OutgoingMessage | undefined>
  /** The messages of this id: several when senders chose the same. */
  readonly originals: (messageId: string) => Effect.Effect<readonly Original[]>
}

/** Transient: there is no open connection, or it ended before the request was written to it. */
export class NotConnected extends Schema.TaggedError<NotConnected>()("NotConnected", {}) {
  override get message(): string {
    return "there is no open connection to WhatsApp"
  }
}

/** Transient: WhatsApp did not answer in time. `asked` follows "the gateway asked", as in "for a pairing code". */
export class NoAnswer extends Schema.TaggedError<NoAnswer>()("NoAnswer", { asked: Schema.String }) {
  override get message(): string {
    return `WhatsApp did not answer when the gateway asked ${this.asked}`
  }
}

/** Transient: WhatsApp refused to answer because this account asks too often (429). Asking again at once makes it worse. */
export class AskedTooOften extends Schema.TaggedError<AskedTooOften>()("AskedTooOften", { asked: Schema.String }) {
  override get message(): string {
    return `WhatsApp refuses to answer ${this.asked}: this account has asked too often (429)`
  }
}

/**
 * Rejection: WhatsApp refused to give a pairing code. `whatsappCode`: mostly a CodeRefusal (codes.ts). `retryAfterSeconds`: what WhatsApp asks to
 * wait, where it says so.
 */
export class CodeRefused extends Schema.TaggedError<CodeRefused>()("CodeRefused", {
  whatsappCode: Schema.Int,
  retryAfterSeconds: Schema.optionalKey(Schema.Int)
}) {
  override get message(): string {
    return `WhatsApp refused to give a pairing code (${this.whatsappCode}): ${codeRefusal(this.whatsappCode)}`
  }
}

/** Rejection: no link waits for this step of a passkey, or no longer. */
export class PasskeyNotAsked extends Schema.TaggedError<PasskeyNotAsked>()("PasskeyNotAsked", {
  step: Schema.Literals(["assertion", "confirmation"])
}) {
  override get message(): string {
    return this.step === "assertion"
      ? "WhatsApp does not wait for a passkey at the moment"
      : "there is no code to confirm at the moment"
  }
}

/** Rejection: WhatsApp refused the assertion, or what followed it, with this code. */
export class PasskeyRefused extends Schema.TaggedError<PasskeyRefused>()("PasskeyRefused", {
  whatsappCode: Schema.Int
}) {
  override get message(): string {
    return `WhatsApp refused the passkey (${this.whatsappCode})`
  }
}

/** The message could not be built, or its file could not be uploaded. Nothing was sent. It may be transient, so the outbox tries again. */
export class SendFailed extends Schema.TaggedError<SendFailed>()("SendFailed", {
  reason: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `the message could not be sent: ${this.reason}`
  }
}

/** A file that was received, as its message describes it. */
export type ReceivedMedia = IncomingMedia

/** Permanent: WhatsApp no longer has the file. */
export class MediaGone extends Schema.TaggedError<MediaGone>()("MediaGone", {}) {
  override get message(): string {
    return "WhatsApp no longer has the file"
  }
}

/** Permanent: the file is not the one that its message describes, or the message does not describe it completely. */
export class MediaUnusable extends Schema.TaggedError<MediaUnusable>()("MediaUnusable", { reason: Schema.String }) {
  override get message(): string {
    return `the file cannot be used: ${this.reason}`
  }
}

/** Messages of a chat that are older than one that is known here. */
export interface OlderMessages {
  readonly chat: string
  readonly count: number
  readonly oldest: {
    readonly messageId: string
    readonly fromMe: boolean
    readonly sender: string
    /** Epoch milliseconds. */
    readonly sentAt: number
  }
}

/** The file of a message that WhatsApp's servers have no longer. `mediaKey`: in base64. */
export interface LostFile {
  readonly messageId: string
  readonly chat: string
  readonly sender: string
  readonly fromMe: boolean
  readonly mediaKey: string
}

/** An account on WhatsApp. */
export interface Recipient {
  /** As WhatsApp has it. Its number can differ from the number in the request (number.ts). */
  readonly jid: string
  /** The account's LID, where it has one. */
  readonly lid: string | null
}

export type OperationFailure = NotConnected | NoAnswer | AskedTooOften | OperationRefused | OperationUnfit

/** One device's connection, which is open or opening. */
export interface Connection {
  /** Resolves when the message is written to the socket; WhatsApp's ack comes as a signal. The same id is the same message. */
  readonly send: (message: OutgoingMessage) => Effect.Effect<void, NotConnected | SendFailed>
  /** The account that has this number; null when no account has it. */
  readonly resolve: (number: string) => Effect.Effect<Recipient | null, NotConnected | NoAnswer | AskedTooOften>
  /** Whether this person has given the account a token: WhatsApp then takes messages to them, whatever it thinks of the account. */
  readonly isTrustedBy: (chat: string, chatAlt: string | null) => Effect.Effect<boolean>
  /**
   * Requests a pairing code for the phone of this number; it comes as the signal `code` once WhatsApp has agreed. An earlier code is
   * worth nothing from then on. Works only while WhatsApp gives QRs.
   */
  readonly requestCode: (number: string) => Effect.Effect<void, NotConnected | NoAnswer | CodeRefused>
  /** Sends the answer to the challenge of `passkey_requested`. Resolves when WhatsApp has taken it. */
  readonly answerPasskey: (
    assertion: PasskeyAssertion
  ) => Effect.Effect<void, NotConnected | NoAnswer | PasskeyNotAsked | PasskeyRefused>
  /**
   * Says whether the phone shows the code of `confirm_code`. When it does, resolves when WhatsApp has taken the gateway's keys. When it
   * does not, a third party is between the gateway and the phone: the link is called off.
   */
  readonly confirmPasskey: (
    matches: boolean
  ) => Effect.Effect<void, NotConnected | NoAnswer | PasskeyNotAsked | PasskeyRefused>
  /** Asks WhatsApp to say who is online and who types in this chat, for as long as the connection lasts. `chatAlt`: its LID. */
  readonly watchPresence: (chat: string, chatAlt: string | null) => Effect.Effect<void, NotConnected>
  /**
   * Asks the account's phone for older messages. Resolves when it is asked, with its answer: how many messages it gave, once all of them
   * are recorded. A phone may never answer.
   */
  readonly requestHistory: (request: OlderMessages) => Effect.Effect<Effect.Effect<number>, NotConnected | NoAnswer>
  /** Asks the account's phone to upload the file again; the path where it is then. Fails with MediaGone when the phone has it no longer. */
  readonly requestUpload: (file: LostFile) => Effect.Effect<string, NotConnected | NoAnswer | MediaGone>
  /**
   * Carries an operation of the catalogue out. Resolves with WhatsApp's answer; it has no time limit of its own. What changed is told by
   * signals as well, as if the phone had done it.
   */
  readonly operate: <Name extends OperationName>(
    name: Name,
    input: InputOf<Name>
  ) => Effect.Effect<OutputOf<Name>, OperationFailure>
  /** Removes this device from the account's linked devices. Works only while connected. */
  readonly unlink: Effect.Effect<void, NotConnected | NoAnswer>
  /** Emits everything that came so far, then closes. No signal comes after it. */
  readonly close: Effect.Effect<void>
}

export interface OpenRequest {
  readonly device: { readonly id: DeviceId; readonly number: number }
  /** Called with each signal, in order; never after `close` has resolved. */
  readonly emit: (signal: Signal) => void
  /** Called when anything comes in from WhatsApp. */
  readonly heard: () => void
  /** Called with what people do in chats that are watched; some of it may be left out. */
  readonly seen: (presence: PresenceSeen) => void
  readonly known: KnownMessages
  /** WhatsApp refused the known version as outdated: the adapter first asks for the newest. */
  readonly refreshVersion: boolean
}

export interface WhatsAppShape {
  /** Starts to open a connection; success and failure come as signals. Fails when the store cannot give the credentials. */
  readonly open: (request: OpenRequest) => Effect.Effect<Connection, StoreUnavailable>
  /** The account that the stored credentials are linked to; null when the device is not linked. */
  readonly linkedIdentity: (deviceNumber: number) => Effect.Effect<Identity | null, StoreUnavailable>
  /**
   * A received file, decrypted, in pieces; needs no connection. Use nothing of it before its end: the reading rejects with NoAnswer when
   * the file breaks off, and with MediaUnusable when the file was changed.
   */
  readonly download: (
    media: ReceivedMedia
  ) => Effect.Effect<AsyncIterable<Uint8Array>, MediaGone | MediaUnusable | NoAnswer>
}

export class WhatsApp extends Context.Service<WhatsApp, WhatsAppShape>()("bitacora/whatsapp/WhatsApp") {}
