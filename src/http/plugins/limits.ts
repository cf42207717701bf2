/**
 * How much anybody may ask: requests per window for each token, or for each address (network-of.ts) where no valid token is known. Says so with
 * Retry-After. A credential has a share of its own once it was found valid: whoever sends another invented one each time gains
 * nothing.
 */
import { createHash } from "node:crypto"
import rateLimit from "@fastify/rate-limit"
import { Schema } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { bearerToken, operatorKeyOf } from "../access/authentication.ts"
import { networkOf } from "../access/network-of.ts"
import type { HttpSettings } from "../runtime.ts"
import { RequestWindows } from "./request-windows.ts"

/** Transient: the window's share is used up. */
export class TooManyRequests extends Schema.TaggedError<TooManyRequests>()("TooManyRequests", {
  retryAfterSeconds: Schema.Int
}) {
  override get message(): string {
    return `too many requests; try again in ${this.retryAfterSeconds} s`
  }
}

declare module "fastify" {
  interface FastifyRequest {
    /** Its credential was found valid. */
    isAuthenticated?: boolean
  }
}

const KNOWN_MAX = 10_000

export const limitRequests = async (app: FastifyInstance, settings: HttpSettings): Promise<void> => {
  const known = new Set<string>()
  app.addHook("onResponse", async (request) => {
    const credential = request.isAuthenticated === true ? credentialOf(request) : undefined
    if (credential === undefined) return
    known.add(credential)
    const [oldest] = known
    if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest)
  })
  await app.register(rateLimit, {
    global: true,
    max: settings.rateLimitMax,
    timeWindow: settings.rateLimitWindowMs,
    store: RequestWindows,
    keyGenerator: (request) => {
      const credential = credentialOf(request)
      return credential !== undefined && known.has(credential) ? credential : networkOf(request.ip)
    },
    allowList: (request) => request.url === "/health",
    errorResponseBuilder: (_request, { ttl }) =>
      new TooManyRequests({ retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1_000)) })
  })
}

/** Hashed, so that no token lies in the limiter's memory. */
const credentialOf = (request: FastifyRequest): string | undefined => {
  const credential = bearerToken(request) ?? operatorKeyOf(request)
  return credential === undefined ? undefined : createHash("sha256").update(credential).digest("base64")
}
