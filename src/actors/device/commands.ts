/** What can be asked of a device from outside its actor, and what it can answer instead. */
import { Schema } from "effect"
import type { OutgoingContent } from "../../events/message.ts"
import type { DeviceContext } from "../../events/stream-state.ts"
import type { Statement } from "../../store/dialect/dialect.ts"
import type { DeviceState } from "./machine.ts"
import type { PairingSecret } from "./pairing-secrets.ts"

/** Accept a message for sending. `number`: digits with country code. */
export interface SendMessage {
  readonly number: string
  readonly content: OutgoingContent
  /** How long to wait for WhatsApp's word before the answer is `pending`. */
  readonly ackTimeoutMs: number
  /** Written with the acceptance: given the message's id, the claim of an idempotency key. */
  readonly claim?: (messageId: string) => Statement
  /** Written with WhatsApp's word on the message, where that comes while the caller waits; undefined for nothing. */
  readonly release?: () => Statement | undefined
}

/** What is known of an accepted message when the wait is over. */
export type SendOutcome = { readonly messageId: string; readonly chat: string } & (
  | { readonly status: "sent" }
  | { readonly status: "failed"; readonly code: string; readonly text: string }
  | { readonly status: "pending" }
)

/** A device as its actor sees it now. */
export interface LiveDevice {
  readonly state: DeviceState
  readonly context: DeviceContext
  /** To show for pairing, while there is one. */
  readonly qr: PairingSecret | null
  readonly code: PairingSecret | null
  /** When anything was last heard from WhatsApp, epoch milliseconds. */
  readonly lastSeen: number | null
}

/** Rejection: no device of that id. */
export class DeviceNotFound extends Schema.TaggedError<DeviceNotFound>()("DeviceNotFound", {
  device: Schema.String
}) {
  override get message(): string {
    return `there is no device ${this.device}`
  }
}

/** Rejection: the device's state does not allow what was asked. */
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

/** Rejection: nobody on WhatsApp has this number. */
export class NotOnWhatsApp extends Schema.TaggedError<NotOnWhatsApp>()("NotOnWhatsApp", {
  number: Schema.String
}) {
  override get message(): string {
    return `${this.number} is not on WhatsApp`
  }
}

/** Transient: too much waits for this device, or it is being restarted. */
export class DeviceBusy extends Schema.TaggedError<DeviceBusy>()("DeviceBusy", { reason: Schema.String }) {
  override get message(): string {
    return `the device is busy: ${this.reason}`
  }
}
