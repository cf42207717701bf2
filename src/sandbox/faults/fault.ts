/**
 * The faults that a test can order: their kinds, which clients each affects, and how long it lasts. armed-faults.ts keeps
 * the orders; the code that a fault disturbs asks there whether one is armed.
 */

/**
 * Faults of a socket. They affect the sockets that are open. When none is, they affect the next login. Without a number
 * they also affect clients that wait to be paired.
 */
export type SocketFault =
  /** `<stream:error code>`, then the socket closes. Without a code, a stream error that gives no reason. */
  | { readonly kind: "stream"; readonly code?: number }
  /** `<failure reason>`, then the socket closes. `expire`: the seconds of a temporary ban (402). */
  | { readonly kind: "failure"; readonly code: number; readonly expire?: number }
  /** `<stream:error><conflict type="replaced">`: another client logged in with the same credentials. */
  | { readonly kind: "replaced" }
  /** `<xmlstreamend>`. */
  | { readonly kind: "stream_end" }
  /** TCP reset. */
  | { readonly kind: "terminate" }
  /** WebSocket close frame. */
  | { readonly kind: "close" }
  /** TCP stays up; the server neither reads nor writes. */
  | { readonly kind: "freeze" }
  /** The server reads but sends nothing. */
  | { readonly kind: "mute" }
  /** `<ib><downgrade_webclient>`. */
  | { readonly kind: "downgrade" }

/** The kinds of fault that affect a socket. */
export const SOCKET_FAULT_KINDS = [
  "stream",
  "failure",
  "replaced",
  "stream_end",
  "terminate",
  "close",
  "freeze",
  "mute",
  "downgrade"
] as const satisfies readonly SocketFault["kind"][]

/** The kinds of socket fault that end the connection. */
export const ENDING_KINDS = SOCKET_FAULT_KINDS.filter((kind) => kind !== "mute" && kind !== "freeze")

/** What is in the notice with which a client is asked for a new secret. */
export const REFRESH_CHILDREN = ["companion_reg_refresh", "pair-device-rotate-qr", "none"] as const

/** What a client gets in place of `primary_hello` when its code is entered. */
export const CODE_NOTICES = ["empty", "refresh_code", "forced_refresh_code"] as const
export type CodeNotice = (typeof CODE_NOTICES)[number]

/** What goes wrong when a client links with a passkey, or goes another way. */
export const PASSKEY_VARIANTS = [
  /** The demand has no options: the client has to ask for them. */
  "no_options",
  /** The assertion is refused with 403. */
  "refused",
  /** The assertion is taken, and nothing follows. */
  "no_continuation",
  /** The phone's key in the continuation has 31 bytes. */
  "short_key",
  /** The client's nonce, or its pairing request, is refused with 500. */
  "nonce_refused",
  "request_refused",
  /** The phone shows another code than the client. */
  "other_code"
] as const
export type PasskeyVariant = (typeof PASSKEY_VARIANTS)[number]

/** Without `child` the notice holds `companion_reg_refresh`. */
export interface SecretRefusal {
  readonly child?: (typeof REFRESH_CHILDREN)[number]
}

/** Faults of something other than a socket. */
type OtherFault =
  /** The companions are removed for good: stream error 401 device_removed now, failure 401 at every later login. */
  | { readonly kind: "logged_out" }
  /** The HTTP upgrade is answered with this status. It affects every client: the server does not know yet which one asks. */
  | { readonly kind: "upgrade"; readonly code: number }
  /** Messages are acked with an error (463, 479, 500…) and are not delivered. */
  | { readonly kind: "ack_error"; readonly code: number }
  /** The server sends every stanza late. The order stays. */
  | { readonly kind: "latency"; readonly ms: number; readonly jitterMs?: number }
  /** The server demands a passkey instead of completing a pairing. `ms`: how long its challenge is valid. */
  | { readonly kind: "passkey"; readonly variant?: PasskeyVariant; readonly ms?: number }
  /** A scanning client gets a phone's continuation that it has not asked for; then it is paired. */
  | { readonly kind: "unasked_continuation" }
  /** A phone refuses the secret in the QR that it scans. */
  | ({ readonly kind: "refuse_secret" } & SecretRefusal)
  /** A client is asked for a new secret while the phone answers its code. */
  | ({ readonly kind: "late_refresh" } & SecretRefusal)
  /** A request for a pairing code is refused with this code, or never answered. `backoff`: seconds to wait. */
  | { readonly kind: "refuse_code"; readonly code?: number; readonly backoff?: number }
  /** A client gets this in place of `primary_hello` when its code is entered. */
  | { readonly kind: "code_notice"; readonly notice: CodeNotice }
  /** `companion_finish` is refused with this code, or taken without consequence. */
  | { readonly kind: "refuse_finish"; readonly code?: number }
  /** A receipt arrives twice. */
  | { readonly kind: "duplicate_receipts" }
  /** A receipt is held back until the next one has overtaken it. */
  | { readonly kind: "reorder_receipts" }
  /** An upload is answered with 503. It affects every client: the media server does not know which one asks. */
  | { readonly kind: "upload_error"; readonly code?: number }
  /** One byte of a message's ciphertext is flipped before the message reaches the device. */
  | { readonly kind: "tamper" }
  /** A message to a device is lost. */
  | { readonly kind: "drop" }

/** The order for one fault. */
export type Fault = (SocketFault | OtherFault) & {
  /** The account that it affects; every account when left out. */
  readonly number?: string
  /** How long it lasts. */
  readonly forMs?: number
  /** How often it is triggered. Without `times`, `forMs` and `untilCleared`, the kind decides (see `ArmedFaults.arm`). */
  readonly times?: number
  /** Whether it lasts until `clearFaults`. */
  readonly untilCleared?: boolean
}

/** The name of a fault. */
export type FaultKind = Fault["kind"]
