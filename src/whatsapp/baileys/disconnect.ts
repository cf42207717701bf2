/** Why a Baileys socket closed: the code that the disconnect policy judges, and until when a ban lasts. */

interface BoomLike {
  readonly output?: { readonly statusCode?: number }
  readonly data?: unknown
}

/** What Baileys gives to everything it cannot explain. */
const UNEXPLAINED = 500
const TEMPORARILY_BANNED = 402

/** `now`: epoch milliseconds. A temporary ban carries its seconds in `expire` (whatsmeow, TempBanReason). */
export const closeReason = (error: unknown, now: number): { readonly code: number; readonly endsAt?: number } => {
  const { output, data } = (error ?? {}) as BoomLike
  const code = output?.statusCode ?? UNEXPLAINED
  if (code !== TEMPORARILY_BANNED) return { code }
  const seconds = Number((data as { readonly expire?: string } | undefined)?.expire)
  return Number.isFinite(seconds) && seconds > 0 ? { code, endsAt: now + seconds * 1_000 } : { code }
}
