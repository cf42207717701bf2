/** Standard Webhooks signatures (standardwebhooks.com): HMAC-SHA-256 over id, time and body. Pure. Keeps HOOK-3. */
import { createHmac, createSecretKey, type KeyObject } from "node:crypto"
import type { WebhookSecret } from "../store/webhook/webhooks.ts"

/** The keys, prepared for use, of those secrets that are valid at this time (epoch milliseconds), the current one first. */
export const keysOf = (secrets: readonly WebhookSecret[], now: number): readonly KeyObject[] =>
  secrets
    .filter(({ validUntil }) => validUntil === null || validUntil > now)
    .map(({ text }) => createSecretKey(text.slice("whsec_".length), "base64"))

/** Returns the headers, names and values in turn. One signature per key: while a secret is being replaced, a receiver may know either. */
export const sign = (id: string, nowMs: number, body: string, keys: readonly KeyObject[]): readonly string[] => {
  const timestamp = String(Math.floor(nowMs / 1_000))
  const signatures = keys.map(
    (key) => `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`
  )
  return ["webhook-id", id, "webhook-timestamp", timestamp, "webhook-signature", signatures.join(" ")]
}
