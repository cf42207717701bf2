/**
 * Limits the requests within a window: for each valid credential, and for each client network (network-of.ts) without one. Responds
 * with Retry-After. A credential gets a limit of its own only once it was found valid, so a client gains nothing by inventing one for
 * each request.
 */
import { createHash } from "node:crypto"
import rateLimit from "@fastify/rate-limit"
import { Schema } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { LRUCache } from "lru-cache"
import { operatorKeyOf, tokenOf } from "../credentials.ts"
import { networkOf } from "../network-of.ts"
import type { HttpSettings } from "../context.ts"
import { RequestWindows } from "./request-windows.ts"

/** Transient: the client has used up its requests of this window. */
export class TooManyRequests extends Schema.TaggedError<TooManyRequests>()("TooManyRequests", {
  retryAfterSeconds: Schema.Int
}) {
  override get message(): string {
    return `too many requests; try again in ${this.retryAfterSeconds} s, and send fewer at a time`
  }
}

const KNOWN_MAX = 10_000

export const limitRequests = async (app: FastifyInstance, settings: HttpSettings): Promise<void> => {
  const known = new LRUCache<string, true>({ max: KNOWN_MAX })
  app.addHook("onResponse", async (request) => {
    const credential = request.isAuthenticated === true ? credentialOf(request) : undefined
    if (credential !== undefined) known.set(credential, true)
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
    errorResponseBuilder: (_request, { ttl }) =>
      new TooManyRequests({ retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1_000)) })
  })
}

/** A hash, so that the limiter holds no token. */
const credentialOf = (request: FastifyRequest): string | undefined => {
  const credential = tokenOf(request) ?? operatorKeyOf(request)
  return credential === undefined ? undefined : createHash("sha256").update(credential).digest("base64")
}
