/** Standard Webhooks signatures (standardwebhooks.com): HMAC-SHA-256 over id, time and body. Pure. Keeps HOOK-3. */
import { hash } from "node:crypto"
import type { WebhookSecret } from "../store/webhook/webhook.ts"

/** Both pads of HMAC (RFC 2104), made once for each key. */
export interface SigningKey {
  readonly inner: Buffer
  readonly outer: Buffer
}

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32

/** What is hashed is put together here. A longer body gets a buffer of its own. */
const message = Buffer.allocUnsafeSlow(65_536)
const digests = Buffer.allocUnsafeSlow(BLOCK_BYTES + DIGEST_BYTES)

/** A secret has at most 64 bytes, so its key is never longer than a block. */
const keyOf = (secret: Buffer): SigningKey => {
  const key = Buffer.concat([secret], BLOCK_BYTES)
  return { inner: key.map((byte) => byte ^ 0x36) as Buffer, outer: key.map((byte) => byte ^ 0x5c) as Buffer }
}

/** node:crypto's Hmac objects cost more than the two hashes that they compute. */
const hmac = ({ inner, outer }: SigningKey, beginning: string, body: Uint8Array): string => {
  const bytes = BLOCK_BYTES + beginning.length + body.length
  const whole = bytes <= message.length ? message : Buffer.allocUnsafeSlow(bytes)
  whole.set(inner)
  whole.write(beginning, BLOCK_BYTES, "latin1")
  whole.set(body, BLOCK_BYTES + beginning.length)
  // As a string the digest costs less than in a buffer of its own.
  const digest = hash("sha256", whole.subarray(0, bytes), "binary")
  digests.set(outer)
  digests.write(digest, BLOCK_BYTES, "binary")
  return hash("sha256", digests, "base64")
}

/** The keys, prepared for use, of those secrets that are valid at this time (epoch milliseconds), the current one first. */
export const keysOf = (secrets: readonly WebhookSecret[], now: number): readonly SigningKey[] =>
  secrets
    .filter(({ validUntil }) => validUntil === null || validUntil > now)
    .map(({ text }) => keyOf(Buffer.from(text.slice("whsec_".length), "base64")))

/** `id`: ASCII. Returns the headers, names and values in turn. One signature per key: while a secret is being replaced, a receiver may know either. */
export const sign = (id: string, nowMs: number, body: Uint8Array, keys: readonly SigningKey[]): readonly string[] => {
  const timestamp = String(Math.floor(nowMs / 1_000))
  const beginning = `${id}.${timestamp}.`
  const signatures = keys.map((key) => `v1,${hmac(key, beginning, body)}`)
  return ["webhook-id", id, "webhook-timestamp", timestamp, "webhook-signature", signatures.join(" ")]
}
