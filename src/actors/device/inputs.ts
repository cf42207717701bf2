/** What the device's machine is asked to decide, beside the commands: what its connection says of itself, and the gateway's own inputs. */
import type { Identity, LifecycleSignal } from "../../whatsapp/whatsapp.ts"
import type { LifecycleCommand } from "./commands.ts"

/** From the gateway itself: timers that are due, starts and stops. */
export type GatewayInput =
  | { readonly type: "RetryDue" }
  /** After a start of the gateway: a connection that was interrupted is taken up again. */
  | { readonly type: "Resume" }
  | { readonly type: "ExpiryDue" }
  | { readonly type: "Interrupt"; readonly cause: "shutdown" | "crash" }
  /** The stored credentials are linked and the log does not know it yet: a crash in between. */
  | { readonly type: "ReconcilePairing"; readonly identity: Identity }

/** A step of a link with a passkey. What was signed stays with the command: it is a secret. */
export type PasskeyInput =
  | { readonly type: "AnswerPasskey" }
  | { readonly type: "ConfirmPasskey"; readonly matches: boolean }

export type DeviceInput =
  | LifecycleCommand
  | PasskeyInput
  | GatewayInput
  | { readonly type: "Signal"; readonly signal: LifecycleSignal }
