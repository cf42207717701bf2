/** What a device answers to a command, and the failures it may answer instead. */
import { Schema } from "effect"
import type { DeviceContext } from "../../events/stream-state.ts"
import type { DuplicateKey, StoreUnavailable } from "../../store/errors.ts"
import type { AssertionUnfit } from "../../whatsapp/passkey.ts"
import type {
  AskedTooOften,
  CodeRefused,
  MediaGone,
  NoAnswer,
  NotConnected,
  OperationFailure,
  PasskeyNotAsked,
  PasskeyRefused
} from "../../whatsapp/whatsapp.ts"
import type { DeviceCommand } from "./commands.ts"
import type { DeviceState } from "./machine.ts"
import type { PairingSecret } from "./connection/pairing-secrets.ts"

/** A device as its actor sees it now. */
export interface LiveDevice {
  readonly state: DeviceState
  readonly context: DeviceContext
  /** To show for pairing, while there is one. */
  readonly qr: PairingSecret | null
  readonly code: PairingSecret | null
  /** The challenge that the account's owner has to sign, as JSON, while there is one. */
  readonly passkey: PairingSecret | null
  /** To compare with the phone, while there is one. */
  readonly confirmCode: PairingSecret | null
  /** When anything was last heard from WhatsApp, epoch milliseconds. */
  readonly lastSeen: number | null
}

/** An accepted message once the wait for its ack is over. */
export type SendOutcome = { readonly messageId: string; readonly chat: string } & (
  | { readonly status: "sent" }
  | { readonly status: "failed"; readonly code: string; readonly text: string }
  | { readonly status: "pending" }
)

/** The answer to each command, by its type. */
export type Answer<Type extends DeviceCommand["type"]> = Type extends "Send"
  ? SendOutcome
  : Type extends "AwaitAck"
    ? /** Undefined for a message that does not wait for its ack: the projection knows its status. */
      SendOutcome | undefined
    : Type extends "PairByCode"
      ? PairingSecret
      : Type extends "RequestUpload"
        ? /** The path where the file is then. */ string
        : Type extends "RequestHistory"
          ? { readonly messages: number | null }
          : Type extends "Operate"
            ? /** As the operation declares it. */ Readonly<Record<string, unknown>>
            : Type extends "WatchPresence"
              ? void
              : LiveDevice

/** What each command may fail with, by its type. */
export type AskFailure<Type extends DeviceCommand["type"] = DeviceCommand["type"]> =
  | DeviceNotFound
  | CommandRefused
  | DeviceBusy
  | StoreUnavailable
  | DuplicateKey
  | WhatsAppFailure<Type>

/** What WhatsApp, or the connection to it, is the reason of. */
type WhatsAppFailure<Type> = Type extends "Send"
  ? DeviceNotReady | AccountRestricted | MessageIdTaken | NotOnWhatsApp | NoAnswer | AskedTooOften | NotConnected
  : Type extends "RequestUpload"
    ? DeviceNotReady | MediaGone | NoAnswer | NotConnected
    : Type extends "RequestHistory"
      ? DeviceNotReady | NoAnswer | NotConnected
      : Type extends "Operate"
        ? DeviceNotReady | OperationFailure
        : Type extends "PairByCode"
          ? CodeRefused | NoAnswer | NotConnected
          : Type extends "AnswerPasskey"
            ? AssertionUnfit | PasskeyNotAsked | PasskeyRefused | NoAnswer | NotConnected
            : Type extends "ConfirmPasskey"
              ? PasskeyNotAsked | PasskeyRefused | NoAnswer | NotConnected
              : never

/** Rejection: no device of that id. */
export class DeviceNotFound extends Schema.TaggedError<DeviceNotFound>()("DeviceNotFound", {
  device: Schema.String
}) {
  override get message(): string {
    return `there is no device ${this.device}`
  }
}

/** Rejection: the device's state does not allow the command. */
export class CommandRefused extends Schema.TaggedError<CommandRefused>()("CommandRefused", {
  command: Schema.String,
  state: Schema.String
}) {
  override get message(): string {
    return `${this.command} is not possible in ${this.state}`
  }
}

/** Rejection: messages can be sent in CONNECTED only. */
export class DeviceNotReady extends Schema.TaggedError<DeviceNotReady>()("DeviceNotReady", {
  state: Schema.String
}) {
  override get message(): string {
    return `the device is ${this.state}, not CONNECTED`
  }
}

/** Rejection: no account on WhatsApp has this number. */
export class NotOnWhatsApp extends Schema.TaggedError<NotOnWhatsApp>()("NotOnWhatsApp", {
  number: Schema.String
}) {
  override get message(): string {
    return `${this.number} is not on WhatsApp`
  }
}

/** Rejection: WhatsApp lets the account write to no new people before `until` (ISO 8601). Nothing was sent. */
export class AccountRestricted extends Schema.TaggedError<AccountRestricted>()("AccountRestricted", {
  kind: Schema.String,
  until: Schema.String
}) {
  override get message(): string {
    return `WhatsApp lets this account write to no new contacts until ${this.until}`
  }
}

/** Rejection: the device has sent or received a message with the id that the client gives. Nothing was sent. */
export class MessageIdTaken extends Schema.TaggedError<MessageIdTaken>()("MessageIdTaken", {
  messageId: Schema.String
}) {
  override get message(): string {
    return `there is already a message ${this.messageId} on this device`
  }
}

/** Transient: too much waits for this device, or it is being restarted. */
export class DeviceBusy extends Schema.TaggedError<DeviceBusy>()("DeviceBusy", { reason: Schema.String }) {
  override get message(): string {
    return `the device is busy: ${this.reason}`
  }
}
