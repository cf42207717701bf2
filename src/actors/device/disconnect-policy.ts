/**
 * What to do when a connection ends or cannot be opened. Pure; keeps DEV-2.
 *
 * Codes are Baileys' DisconnectReason, which are WhatsApp's own stream and failure codes where it has one; the list was
 * compiled in Baileys#1490. What to do about each is this project's choice: permanent ones end in ERROR with what a person
 * can do, transient ones are tried for ever with doubling pauses and jitter, a few get one more chance.
 */
import type { UserAction } from "../../events/device.ts"
import type { DeviceContext } from "../../events/stream-state.ts"
import { FLAPS_MAX, flapsAfter, wasStable } from "./stability.ts"

/** How the socket ended. `endsAt`: until when a ban lasts, epoch milliseconds. */
export interface Loss {
  readonly code: number
  readonly endsAt?: number
}

export type Verdict =
  | { readonly kind: "restart"; readonly reason: string }
  | { readonly kind: "retry"; readonly reason: string; readonly attempt: number; readonly retryInMs: number }
  | { readonly kind: "abandon"; readonly reason: string; readonly userAction: UserAction; readonly endsAt?: number }
  | { readonly kind: "logged_out" }
  | { readonly kind: "pairing_expired" }

/** How long to wait. Settings, as each wait is recorded in the event that begins it. */
export interface RetryPauses {
  /** Before the first retry, 5 s at most; then twice as long each time. */
  readonly firstMs: number
  readonly capMs: number
  /** Whoever replaced us may be there to stay: one retry after this long, then ERROR. */
  readonly replacedMs: number
}

export const defaultPauses: RetryPauses = { firstMs: 2_000, capMs: 300_000, replacedMs: 30_000 }

/** Codes nobody has explained are retried so often before ERROR. */
const UNEXPLAINED_RETRIES_MAX = 3
/** Rounds of six QRs before pairing expires. */
export const QR_ROUNDS_MAX = 3

const CODE = {
  loggedOut: 401,
  temporarilyBanned: 402,
  forbidden: 403,
  outdated: 405,
  banned: 406,
  timedOut: 408,
  multideviceMismatch: 411,
  connectionClosed: 428,
  replaced: 440,
  badSession: 500,
  unavailable: 503,
  restartRequired: 515
} as const

const reasons: Readonly<Record<number, string>> = {
  [CODE.loggedOut]: "logged_out",
  [CODE.temporarilyBanned]: "temporarily_banned",
  [CODE.forbidden]: "forbidden",
  [CODE.outdated]: "outdated",
  [CODE.banned]: "banned",
  [CODE.timedOut]: "timed_out",
  [CODE.multideviceMismatch]: "multidevice_mismatch",
  [CODE.connectionClosed]: "connection_closed",
  [CODE.replaced]: "replaced",
  [CODE.badSession]: "bad_session",
  [CODE.unavailable]: "unavailable",
  [CODE.restartRequired]: "restart_required"
}

const unexplained = new Set([409, 412, 413, 414, 415])

/** The codes that this policy has a word or a number of retries for. */
export const knownCodes: readonly number[] = [...Object.values(CODE), ...unexplained]

/** The word for a code in events, logs and answers. */
export const reasonOf = (code: number): string => reasons[code] ?? `code_${code}`

/**
 * `random`: drawn once by the caller, 0 to 1; the pause is recorded, so a replay draws nothing.
 */
export const judge = (
  context: DeviceContext,
  loss: Loss,
  env: {
    readonly now: number
    readonly openMs?: number | undefined
    readonly random: number
    readonly pauses: RetryPauses
  }
): Verdict => {
  const end = { at: env.now, openMs: env.openMs }
  const reason = reasonOf(loss.code)
  const strikes = wasStable(context, end) ? [] : context.strikes
  const struck = strikes.filter((code) => code === loss.code).length
  const attempt = wasStable(context, end) ? 1 : context.attempt + 1
  const retryIn = (retryInMs: number): Verdict => ({ kind: "retry", reason, attempt, retryInMs })
  const abandon = (userAction: UserAction): Verdict => ({
    kind: "abandon",
    reason,
    userAction,
    ...(loss.endsAt === undefined ? {} : { endsAt: loss.endsAt })
  })

  switch (loss.code) {
    case CODE.restartRequired:
      return { kind: "restart", reason }
    case CODE.loggedOut:
      return context.paired ? { kind: "logged_out" } : abandon("relogin")
    case CODE.temporarilyBanned:
    case CODE.banned:
    case CODE.forbidden:
      return abandon("wait")
    case CODE.multideviceMismatch:
      return abandon("relogin")
    case CODE.replaced:
      return struck === 0 ? retryIn(env.pauses.replacedMs) : abandon("take_over")
    case CODE.outdated:
      return struck === 0 ? retryIn(pause(attempt, env)) : abandon("upgrade")
    case CODE.timedOut:
      if (!context.paired && context.qrIssued > 0) return endOfQrRound(context)
      break
    default:
      if (unexplained.has(loss.code) && struck >= UNEXPLAINED_RETRIES_MAX) return abandon("restart")
  }
  if (flapsAfter(context, end).length >= FLAPS_MAX) {
    return { kind: "abandon", reason: "flapping", userAction: "restart" }
  }
  return retryIn(pause(attempt, env))
}

/** WhatsApp gives six QRs for a connection; for more, the connection is opened anew. */
const QRS_PER_ROUND = 6

const endOfQrRound = (context: DeviceContext): Verdict =>
  context.qrIssued < QRS_PER_ROUND * QR_ROUNDS_MAX
    ? { kind: "restart", reason: "qr_round_ended" }
    : { kind: "pairing_expired" }

/** Doubling, capped, and shortened by up to half at random, so that many devices do not come back in step. */
const pause = (
  attempt: number,
  { random, pauses }: { readonly random: number; readonly pauses: RetryPauses }
): number => {
  const full = Math.min(pauses.capMs, pauses.firstMs * 2 ** Math.min(attempt - 1, 20))
  return Math.round(full * (0.5 + random / 2))
}
