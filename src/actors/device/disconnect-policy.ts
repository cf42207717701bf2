/**
 * What to do when a connection ends or cannot be opened. Pure; keeps DEV-2.
 *
 * What each code means is in whatsapp/codes.ts; what to do about it is this project's choice. Permanent codes end in ERROR with what
 * a person can do, transient ones are retried without end with doubling pauses and jitter, a few get one more chance.
 */
import type { UserAction } from "../../events/device.ts"
import type { DeviceContext } from "../../events/stream-state.ts"
import { CloseCode } from "../../whatsapp/codes.ts"
import { flapsAfter, isFlapping, wasStable } from "./stability.ts"

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
  /** The client that replaced us may be there to stay: one retry after this long, then ERROR. */
  readonly replacedMs: number
}

export const defaultPauses: RetryPauses = { firstMs: 2_000, capMs: 300_000, replacedMs: 30_000 }

/** Unexplained codes are retried so often before ERROR. */
const UNEXPLAINED_RETRIES_MAX = 3
/** Rounds of six QRs before pairing expires. */
export const QR_ROUNDS_MAX = 3

const reasons: Readonly<Record<number, string>> = {
  [CloseCode.loggedOut]: "logged_out",
  [CloseCode.temporarilyBanned]: "temporarily_banned",
  [CloseCode.forbidden]: "forbidden",
  [CloseCode.outdated]: "outdated",
  [CloseCode.banned]: "banned",
  [CloseCode.timedOut]: "timed_out",
  [CloseCode.multideviceMismatch]: "multidevice_mismatch",
  [CloseCode.connectionClosed]: "connection_closed",
  [CloseCode.replaced]: "replaced",
  [CloseCode.badSession]: "bad_session",
  [CloseCode.unavailable]: "unavailable",
  [CloseCode.restartRequired]: "restart_required"
}

/** Named in the sources of codes.ts, but seen so seldom that it is unknown what helps. */
const unexplained: ReadonlySet<number> = new Set([
  CloseCode.badUserAgent,
  CloseCode.code412,
  CloseCode.authTokenExpired,
  CloseCode.authTokenInvalid,
  CloseCode.notFound
])

/** The codes that this policy has a word or a number of retries for. */
export const knownCodes: readonly number[] = Object.values(CloseCode)

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
    case CloseCode.restartRequired:
      return { kind: "restart", reason }
    case CloseCode.loggedOut:
      return context.paired ? { kind: "logged_out" } : abandon("relogin")
    case CloseCode.temporarilyBanned:
    case CloseCode.banned:
    case CloseCode.forbidden:
      return abandon("wait")
    case CloseCode.multideviceMismatch:
      return abandon("relogin")
    case CloseCode.replaced:
      return struck === 0 ? retryIn(env.pauses.replacedMs) : abandon("take_over")
    case CloseCode.outdated:
      return struck === 0 ? retryIn(pause(attempt, env)) : abandon("upgrade")
    case CloseCode.timedOut:
      if (!context.paired && context.qrIssued > 0) return endOfQrRound(context)
      break
    default:
      if (unexplained.has(loss.code) && struck >= UNEXPLAINED_RETRIES_MAX) return abandon("restart")
  }
  return retryIn(isFlapping(flapsAfter(context, end)) ? shortened(env.pauses.capMs, env.random) : pause(attempt, env))
}

/** WhatsApp gives six QRs for a connection; for more, the connection is opened anew. */
const QRS_PER_ROUND = 6

const endOfQrRound = ({ qrIssued, reason }: DeviceContext): Verdict => {
  if (qrIssued >= QRS_PER_ROUND * QR_ROUNDS_MAX) return { kind: "pairing_expired" }
  return { kind: "restart", reason: reason?.startsWith("passkey_") ? reason : "qr_round_ended" }
}

/** Doubling, capped, and shortened by up to half at random, so that many devices do not come back in step. */
const pause = (
  attempt: number,
  { random, pauses }: { readonly random: number; readonly pauses: RetryPauses }
): number => shortened(Math.min(pauses.capMs, pauses.firstMs * 2 ** Math.min(attempt - 1, 20)), random)

const shortened = (ms: number, random: number): number => Math.round(ms * (0.5 + random / 2))
