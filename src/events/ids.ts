/**
 * Identifiers: prefixed, sorted by time, opaque to clients.
 *
 * A device and a user each have two: the prefixed id that the API shows (`dev_…`, `usr_…`), and a short number for envelopes and
 * rows. A token has only its id (`tok_…`). WhatsApp's own message ids are kept unchanged: the id that a client gets is the id that
 * the contact's phone uses.
 */
import { Schema } from "effect"

const prefixed = (prefix: string) => Schema.String.check(Schema.isPattern(new RegExp(`^${prefix}_[0-9a-z]{26}$`)))

/** `dev_` + 26 characters: one device. Never reused. */
export const DeviceId = prefixed("dev").pipe(Schema.brand("DeviceId"))
export type DeviceId = typeof DeviceId.Type

/** `usr_` + 26 characters: one account of this gateway. */
export const UserId = prefixed("usr").pipe(Schema.brand("UserId"))
export type UserId = typeof UserId.Type

/** `tok_` + 26 characters: identifies an access token. It is not the token's value. */
export const TokenId = prefixed("tok").pipe(Schema.brand("TokenId"))
export type TokenId = typeof TokenId.Type

/** `whk_` + 26 characters: one webhook endpoint. */
export const WebhookId = prefixed("whk").pipe(Schema.brand("WebhookId"))
export type WebhookId = typeof WebhookId.Type

/** `blk_` + 26 characters: one bulk send. */
export const BulkId = prefixed("blk").pipe(Schema.brand("BulkId"))
export type BulkId = typeof BulkId.Type

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
const TIME_CHARACTERS = 10
const RANDOM_CHARACTERS = 16

/**
 * Returns 26 characters in Crockford's alphabet (a ULID in lower case): 10 of time, 16 of randomness, so that ids sort by creation.
 * `atMs`: epoch milliseconds. `random`: at least 16 bytes, of which five bits each are used.
 */
export const encodeId = (atMs: number, random: Uint8Array): string => {
  let time = ""
  let rest = atMs
  for (let i = 0; i < TIME_CHARACTERS; i++) {
    time = ALPHABET[rest % 32] + time
    rest = Math.floor(rest / 32)
  }
  let tail = ""
  for (let i = 0; i < RANDOM_CHARACTERS; i++) tail += ALPHABET[(random[i] ?? 0) & 31]
  return time + tail
}
