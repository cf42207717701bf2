/** Why a Baileys socket closed: the code for the disconnect policy, and when a ban ends. */
import { CloseCode } from "../../codes.ts"

interface BoomLike {
  readonly output?: { readonly statusCode?: number }
  readonly data?: unknown
}

/** `now`: epoch milliseconds. A temporary ban has its length in `expire`, in seconds (whatsmeow, TemporaryBan). */
export const closeReason = (error: unknown, now: number): { readonly code: number; readonly endsAt?: number } => {
  const { output, data } = (error ?? {}) as BoomLike
  const code = output?.statusCode ?? CloseCode.badSession
  if (code !== CloseCode.temporarilyBanned) return { code }
  const seconds = Number((data as { readonly expire?: string } | undefined)?.expire)
  return Number.isFinite(seconds) && seconds > 0 ? { code, endsAt: now + seconds * 1_000 } : { code }
}
