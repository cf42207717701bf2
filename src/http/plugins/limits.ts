/** How much anybody may ask: requests per window for each token or address. Says so with Retry-After. */
import { createHash } from "node:crypto"
import rateLimit from "@fastify/rate-limit"
import { Schema } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import type { HttpSettings } from "../runtime.ts"

/** Transient: the window's share is used up. */
export class TooManyRequests extends Schema.TaggedError<TooManyRequests>()("TooManyRequests", {
  retryAfterSeconds: Schema.Int
}) {
  override get message(): string {
    return `too many requests; try again in ${this.retryAfterSeconds} s`
  }
}

export const limitRequests = async (app: FastifyInstance, settings: HttpSettings): Promise<void> => {
  await app.register(rateLimit, {
    global: true,
    max: settings.rateLimitMax,
    timeWindow: settings.rateLimitWindowMs,
    keyGenerator: whoAsks,
    allowList: (request) => request.url === "/health",
    errorResponseBuilder: (_request, { ttl }) =>
      new TooManyRequests({ retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1_000)) })
  })
}

/** Hashed, so that no token lies in the limiter's memory. */
const whoAsks = (request: FastifyRequest): string => {
  const { authorization, "x-api-key": key } = request.headers
  const credential = authorization ?? (typeof key === "string" ? key : undefined)
  return credential === undefined ? request.ip : createHash("sha256").update(credential).digest("base64")
}
