/**
 * The master key: the setting MASTER_KEY, or a file in the data directory that the first start creates.
 *
 * A store that holds encrypted values must not start without its key or with another one: with a new key, every phone would have to be
 * linked again, and the old values would be lost without a decision of the operator.
 */
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import type { DatabaseShape } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { readKeyFile, writeKeyFile } from "./key-file.ts"
import { makeSecretBox, type SecretBox } from "./secret-box.ts"

/** Terminal: the operator has to provide the key that this store was written with. */
export class MasterKeyProblem extends Schema.TaggedError<MasterKeyProblem>()("MasterKeyProblem", {
  problem: Schema.String
}) {
  override get message(): string {
    return this.problem
  }
}

const KEY_BYTES = 32
/** A file in the data directory. */
export const MASTER_KEY_FILE = "master.key"
const SETTING = "master_key_fingerprint"

/** Why a text is not a master key; undefined if it is one. */
export const keyProblem = (text: string): string | undefined =>
  bytesOf(text).length === KEY_BYTES ? undefined : "must be 32 bytes, as 64 hex characters or in base64"

/** Whether anything in this store is encrypted, so that its key is needed. */
export const isSealed = (database: DatabaseShape): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.map(knownFingerprint(database), (known) => known !== undefined)

/** `given`: the setting MASTER_KEY, 32 bytes as 64 hex characters or in base64. */
export const openSecretBox = (
  database: DatabaseShape,
  directory: string,
  given: string | undefined,
  write: (name: string, value: string) => Effect.Effect<void, StoreUnavailable>
): Effect.Effect<SecretBox, MasterKeyProblem | StoreUnavailable> =>
  Effect.gen(function* () {
    const known = yield* knownFingerprint(database)
    const box = makeSecretBox(yield* masterKey(directory, given, known !== undefined))
    if (known === undefined) yield* write(SETTING, box.fingerprint)
    else if (known.value !== box.fingerprint) {
      const from = given === undefined ? join(directory, MASTER_KEY_FILE) : "MASTER_KEY"
      return yield* new MasterKeyProblem({
        problem: `${from} is not the key that encrypts this store's credentials. Restore the right key; with another one every phone would have to be linked again.`
      })
    }
    return box
  })

const knownFingerprint = ({ query }: DatabaseShape) =>
  query((db) => db.selectFrom("store_setting").select("value").where("name", "=", SETTING).executeTakeFirst())

const masterKey = (
  directory: string,
  given: string | undefined,
  sealed: boolean
): Effect.Effect<Uint8Array, MasterKeyProblem> =>
  Effect.suspend(() => {
    if (given !== undefined) return decodeKey(given, "MASTER_KEY")
    const file = join(directory, MASTER_KEY_FILE)
    const kept = readKeyFile(file)
    if (kept !== undefined) return decodeKey(kept, file)
    if (sealed) {
      return new MasterKeyProblem({
        problem: `this store's credentials are encrypted, but MASTER_KEY is not set and ${file} does not exist. Restore the key; with a new one every phone would have to be linked again.`
      })
    }
    const key = randomBytes(KEY_BYTES)
    writeKeyFile(file, `${key.toString("hex")}\n`)
    return Effect.succeed(key)
  })

const decodeKey = (text: string, from: string): Effect.Effect<Uint8Array, MasterKeyProblem> => {
  const problem = keyProblem(text)
  return problem === undefined ? Effect.succeed(bytesOf(text)) : new MasterKeyProblem({ problem: `${from} ${problem}` })
}

const bytesOf = (text: string): Uint8Array =>
  /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, "hex") : Buffer.from(text, "base64")
