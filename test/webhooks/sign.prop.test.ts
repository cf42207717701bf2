import { createHmac } from "node:crypto"
import fc from "fast-check"
import { expect, it } from "vitest"
import { keysOf, sign } from "../../src/webhooks/sign.ts"

it("[HOOK-3] a signature is the HMAC-SHA-256 of id, time and body, for every length of secret", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), fc.string({ unit: "grapheme" }), (secret, body) => {
      const text = `whsec_${Buffer.from(secret).toString("base64")}`
      const headers = sign("msg_1", 1_790_000_000_123, Buffer.from(body), keysOf([{ text, validUntil: null }], 0))
      const expected = createHmac("sha256", secret).update(`msg_1.1790000000.${body}`).digest("base64")
      expect(headers).toEqual([
        "webhook-id",
        "msg_1",
        "webhook-timestamp",
        "1790000000",
        "webhook-signature",
        `v1,${expected}`
      ])
    })
  )
})
