/**
 * The codes with which WhatsApp ends a connection or refuses a message, and what each means. What the gateway does about a code is
 * the disconnect policy's decision (src/actors).
 *
 * Sources: [B] Baileys 7.0.0-rc14, DisconnectReason in lib/Types and its uses in lib/Socket; [W] whatsmeow, ConnectFailureReason in
 * types/events/events.go; [L] the list that users compiled in Baileys#1490. WhatsApp documents none of them.
 */
import { REACHOUT_REFUSED } from "../events/message.ts"

/**
 * Why a connection ended or could not be opened: the code of the signal `closed`. WhatsApp's own come in a `<stream:error>` or a
 * `<failure>`; Baileys gives the others to ends that it notices itself. Others than these may come.
 */
export const CloseCode = {
  /** The account removed this device from its linked devices [B, W]. */
  loggedOut: 401,
  /** WhatsApp banned the account for a time; the signal carries the end of it [W]. */
  temporarilyBanned: 402,
  /** WhatsApp locked the account, or logged its phone out [W: MainDeviceGone, "LOCKED" in WhatsApp Web]. */
  forbidden: 403,
  /** The version of WhatsApp Web that the gateway names is too old [W: ClientOutdated]. */
  outdated: 405,
  /** WhatsApp banned the account [W: UnknownLogout, "BANNED" in WhatsApp Web]. */
  banned: 406,
  /** An answer did not come in time, or the last QR of a pairing ended [B]. The gateway's watchdogs use it as well. */
  timedOut: 408,
  /** WhatsApp rejected what the client calls itself [W: BadUserAgent]. */
  badUserAgent: 409,
  /** The account does not support linked devices any more: `downgrade_webclient` [B]. */
  multideviceMismatch: 411,
  /** No source explains it. */
  code412: 412,
  /** An authentication token is too old [W: CATExpired, a token of Messenger]. */
  authTokenExpired: 413,
  /** An authentication token is not valid [W: CATInvalid, a token of Messenger]. */
  authTokenInvalid: 414,
  /** Not explained beyond its name [W: NotFound]. */
  notFound: 415,
  /** The server or the network closed the connection [B]. */
  connectionClosed: 428,
  /** Another client logged in with the same credentials: `<conflict>` [B]. */
  replaced: 440,
  /**
   * An internal error of WhatsApp's server [W]. Baileys also gives it to every end that it cannot explain, such as a WebSocket error [B],
   * and this adapter to its own unexpected failures. Its name in Baileys is misleading: the credentials are as good as before.
   */
  badSession: 500,
  /** WhatsApp's server is not available, or asks the client to come back later [B, W]. */
  unavailable: 503,
  /** WhatsApp wants a new connection, as after every pairing [B]. */
  restartRequired: 515
} as const

/**
 * Why WhatsApp gives no pairing code. Source: oxidezap/whatsapp-rust, PairCodeRejection, after the parser of WhatsApp Web. Others than
 * these may come.
 */
export const CodeRefusal = {
  /** The name of the client is not one that WhatsApp takes, or too many codes were requested for the number. */
  badRequest: 400,
  forbidden: 403,
  /** Too many codes were requested. */
  rateOverlimit: 429,
  /** The account cannot be linked by code. */
  notAvailable: 452,
  serverError: 500
} as const

const refusals: Readonly<Record<number, string>> = {
  [CodeRefusal.badRequest]: "too many codes for this number, or it cannot be linked; wait, or scan the QR",
  [CodeRefusal.forbidden]: "it is not allowed for this number; scan the QR",
  [CodeRefusal.rateOverlimit]: "too many codes; wait, or scan the QR",
  [CodeRefusal.notAvailable]: "this account cannot be linked by code; scan the QR",
  [CodeRefusal.serverError]: "its server failed; try again, or scan the QR"
}

/** What the code means, and what to do. */
export const codeRefusal = (code: number): string => refusals[code] ?? "no reason is known; scan the QR"

/** Why WhatsApp's server refused a message: the attribute `error` of its ack. Others than these may come. */
export const AckError = {
  /**
   * The message carries no privacy token of its contact, or the account may not write to new contacts at the moment
   * [B: MessageAccountRestriction, and SenderReachoutTimelocked among its own nacks].
   */
  reachoutRestricted: REACHOUT_REFUSED,
  /** The stanza is malformed [B: SmaxInvalid], mostly because of an outdated list of the contact's devices. */
  malformed: "479",
  /** WhatsApp's server failed [B: UnhandledError among its own nacks]. */
  serverError: "500"
} as const
