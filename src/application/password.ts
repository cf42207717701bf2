/**
 * Hashes passwords with argon2id at OWASP's minimum (19 MiB, two passes, one lane). A hash is stored as a PHC string.
 *
 * A hash takes tens of milliseconds and 19 MiB. Therefore at most AT_ONCE run at a time, at most WAITING_MAX wait, and further logins are refused.
 */
import { argon2, randomBytes, timingSafeEqual } from "node:crypto"
import { promisify } from "node:util"
import { Effect, Schema, Semaphore } from "effect"

const hashAsync = promisify(argon2)

const MEMORY_KIB = 19_456
const PASSES = 2
const LANES = 1
const TAG_BYTES = 32
const SALT_BYTES = 16
const AT_ONCE = 2
const WAITING_MAX = 32

export const PASSWORD_LENGTH = { min: 8, max: 128 } as const

/** Transient: too many passwords are being checked. */
export class TooManyLogins extends Schema.TaggedError<TooManyLogins>()("TooManyLogins", {}) {
  override get message(): string {
    return "too many logins at the same time; try again in a moment"
  }
}

const permits = Semaphore.makeUnsafe(AT_ONCE)
let waiting = 0

const bounded = <A>(work: () => Promise<A>): Effect.Effect<A, TooManyLogins> =>
  Effect.suspend(() => {
    if (waiting >= WAITING_MAX) return Effect.fail(new TooManyLogins())
    waiting++
    return permits
      .withPermits(1)(Effect.promise(work))
      .pipe(Effect.ensuring(Effect.sync(() => waiting--)))
  })

/** Returns a PHC string with a new salt. */
export const hashPassword = (password: string): Effect.Effect<string, TooManyLogins> =>
  bounded(async () => {
    const salt = randomBytes(SALT_BYTES)
    return encode(salt, await derive(password, salt))
  })

/** Takes the same time whether or not the account exists: without one it computes a hash all the same. */
export const verifyPassword = (password: string, stored: string | undefined): Effect.Effect<boolean, TooManyLogins> =>
  bounded(async () => {
    const { salt, tag } = decode(stored ?? noPassword)
    const isEqual = timingSafeEqual(await derive(password, salt), tag)
    return isEqual && stored !== undefined
  })

const derive = async (password: string, salt: Uint8Array): Promise<Buffer> =>
  hashAsync("argon2id", {
    message: Buffer.from(password.normalize("NFC"), "utf8"),
    nonce: salt,
    memory: MEMORY_KIB,
    passes: PASSES,
    parallelism: LANES,
    tagLength: TAG_BYTES
  })

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "")

const encode = (salt: Uint8Array, tag: Uint8Array): string =>
  `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(salt)}$${base64(tag)}`

const decode = (phc: string): { salt: Buffer; tag: Buffer } => {
  const [, algorithm, , , salt, tag] = phc.split("$")
  if (algorithm !== "argon2id" || salt === undefined || tag === undefined) throw new Error("not an argon2id hash")
  return { salt: Buffer.from(salt, "base64"), tag: Buffer.from(tag, "base64") }
}

const noPassword = encode(randomBytes(SALT_BYTES), randomBytes(TAG_BYTES))
