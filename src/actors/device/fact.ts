/** What happens to a device actor without a caller: it is put into the mailbox and never refused. */
import type { Signal } from "../../whatsapp/whatsapp.ts"
import type { GatewayInput } from "./inputs.ts"
import type { Operated } from "./operations.ts"
import type { DeliverySignal } from "./messages/delivery-status.ts"

export type Fact =
  | { readonly type: "signal"; readonly signal: Signal; readonly generation: number }
  | { readonly type: "input"; readonly input: GatewayInput }
  | { readonly type: "delivery"; readonly signal: DeliverySignal }
  /** WhatsApp answered an operation, or did not: it is recorded, and then told to its caller. */
  | { readonly type: "operated"; readonly operated: Operated }
  | { readonly type: "messages_expire" }
  /** Close the socket; it is opened again as after any lost connection. */
  | { readonly type: "disconnect" }
  /** The gateway stops: close the socket, take in what it still had, and end. */
  | { readonly type: "stop" }
  | { readonly type: "stopped" }
