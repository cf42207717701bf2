/**
 * Heads of the log, signed with this gateway's key. A head that is kept out of reach of everyone who can write to the store shows
 * later whether the end of the log was cut off, or its history rewritten.
 *
 * The signature is Ed25519 over a JSON array in UTF-8: format, position, hash, recordedAt and signedAt. For the start of a trimmed log
 * streamsHash precedes signedAt. The private key is in the data directory, readable by its owner only. Check a head with a public key
 * that you know from another source.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto"
import { join } from "node:path"
import { Result, Schema } from "effect"
import type { Trimming } from "../../events/log-start.ts"
import { readKeyFile, writeKeyFile } from "../secrets/key-file.ts"

const FORMAT = "bitacora-head-1"
const START_FORMAT = "bitacora-start-1"
/** A file in the data directory. */
export const AUDIT_KEY_FILE = "audit.key"

const Hex = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))
const Time = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const SignedHead = Schema.Struct({
  format: Schema.Literal(FORMAT),
  position: Time,
  hash: Hex,
  /** When the event at `position` was recorded; epoch milliseconds. */
  recordedAt: Time,
  signedAt: Time,
  /** The 32 bytes of the Ed25519 public key, in base64. */
  publicKey: Schema.String,
  signature: Schema.String
})
export type SignedHead = typeof SignedHead.Type

export interface AuditKey {
  readonly publicKey: string
  readonly sign: (head: Pick<SignedHead, "position" | "hash" | "recordedAt">, signedAt: number) => SignedHead
  /** Signs the start of a trimmed log. */
  readonly signStart: (start: UnsignedStart, signedAt: number) => Trimming
}

type UnsignedStart = Pick<Trimming, "position" | "hash" | "recordedAt" | "streamsHash">

/** Opens the key in this data directory; creates it if there is none. */
export const openAuditKey = (directory: string): AuditKey => {
  const file = join(directory, AUDIT_KEY_FILE)
  if (readKeyFile(file) === undefined) {
    writeKeyFile(file, generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString())
  }
  const privateKey = createPrivateKey(readKeyFile(file) ?? "")
  const publicKey = rawPublicKey(createPublicKey(privateKey))
  return {
    publicKey,
    sign: ({ position, hash, recordedAt }, signedAt) => {
      const head = { format: FORMAT, position, hash, recordedAt, signedAt } as const
      return { ...head, publicKey, signature: sign(null, signedBytes(head), privateKey).toString("base64") }
    },
    signStart: (start, signedAt) => {
      const signed = { ...start, signedAt }
      return { ...signed, publicKey, signature: sign(null, startBytes(signed), privateKey).toString("base64") }
    }
  }
}

/** The public key of this data directory; null if nothing was signed yet. */
export const knownPublicKey = (directory: string): string | null =>
  readKeyFile(join(directory, AUDIT_KEY_FILE)) === undefined ? null : openAuditKey(directory).publicKey

/** Reads and checks a signed head. Fails with the reason. Without `publicKey` it checks against the key in the head itself. */
export const readSignedHead = (text: string, publicKey?: string): Result.Result<SignedHead, string> => {
  const parsed = Result.try(() => JSON.parse(text) as unknown)
  const head = Result.isSuccess(parsed) ? Schema.decodeUnknownResult(SignedHead)(parsed.success) : parsed
  if (Result.isFailure(head)) return Result.fail("is not a head that `audit head --sign` wrote")
  const given = head.success
  if (publicKey !== undefined && publicKey !== given.publicKey) return Result.fail("was signed with another key")
  return isSigned(signedBytes(given), given)
    ? Result.succeed(given)
    : Result.fail("was changed: its signature does not match")
}

/** Whether the trimming is signed with the key that it names. */
export const isSignedStart = (trimming: Trimming): boolean => isSigned(startBytes(trimming), trimming)

const isSigned = (bytes: Buffer, by: Pick<SignedHead, "publicKey" | "signature">): boolean => {
  const answer = Result.try(() => verify(null, bytes, keyOf(by.publicKey), Buffer.from(by.signature, "base64")))
  return Result.isSuccess(answer) && answer.success
}

const startBytes = (start: UnsignedStart & Pick<Trimming, "signedAt">): Buffer => {
  const { position, hash, recordedAt, streamsHash, signedAt } = start
  return Buffer.from(JSON.stringify([START_FORMAT, position, hash, recordedAt, streamsHash, signedAt]))
}

const signedBytes = ({
  format,
  position,
  hash,
  recordedAt,
  signedAt
}: Omit<SignedHead, "publicKey" | "signature">): Buffer =>
  Buffer.from(JSON.stringify([format, position, hash, recordedAt, signedAt]))

const rawPublicKey = (key: KeyObject): string =>
  Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url").toString("base64")

const keyOf = (raw: string): KeyObject =>
  createPublicKey({
    format: "jwk",
    key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(raw, "base64").toString("base64url") }
  })
