/** `Prefer: wait=<seconds>` (RFC 7240): how long a response waits for an outcome. */
import type { FastifyRequest } from "fastify"

const WAIT_SECONDS_MAX = 60

/** In milliseconds; 0 without it. Other preferences are ignored. */
export const waitOf = (request: FastifyRequest): number => {
  const preferences = [request.headers.prefer ?? []].flat().join(",")
  const seconds = preferences.match(/(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?(?=$|[,;\s])/i)?.[1]
  return Math.min(Number(seconds ?? 0), WAIT_SECONDS_MAX) * 1_000
}

/** The header that confirms it. */
export const appliedWait = (waitMs: number): Readonly<Record<string, string>> =>
  waitMs > 0 ? { "preference-applied": `wait=${waitMs / 1_000}` } : {}
