/** What happens to a device actor without anybody asking: it is put into the mailbox and never refused. */
import type { Signal } from "../../whatsapp/whatsapp.ts"
import type { GatewayInput } from "./decide.ts"
import type { FateSignal } from "./message-fate.ts"

export type Fact =
  | { readonly type: "signal"; readonly signal: Signal; readonly generation: number }
  | { readonly type: "input"; readonly input: GatewayInput }
  | { readonly type: "fate"; readonly signal: FateSignal }
  | { readonly type: "messages_expire" }
  /** Close the socket; it is opened again as after any lost connection. */
  | { readonly type: "disconnect" }
  /** The gateway stops: close the socket, take in what it still had, and end. */
  | { readonly type: "stop" }
  | { readonly type: "stopped" }
