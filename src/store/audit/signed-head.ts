/**
 * Heads of the log signed with this gateway's own key, to be kept where nobody who can write to the store can reach: what shows
 * later that the log's end was not cut off and that its history was not written anew.
 *
 * Ed25519. Signed is the JSON array of format, position, hash, recordedAt and signedAt, in UTF-8; with streamsHash before signedAt
 * for the place where a log begins that was trimmed. The private key lies in the
 * data directory, for its owner only; whoever checks a head should know the public key from elsewhere.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto"
import { join } from "node:path"
import { Result, Schema } from "effect"
import type { Trimming } from "../../events/log-start.ts"
import { readKeyFile, writeKeyFile } from "../secrets/key-file.ts"

const FORMAT = "bitacora-head-1"
const START_FORMAT = "bitacora-start-1"
/** In the data directory. */
export const AUDIT_KEY_FILE = "audit.key"

const Hex = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))
const Time = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const SignedHead = Schema.Struct({
  format: Schema.Literal(FORMAT),
  position: Time,
  hash: Hex,
  /** Of the event there; epoch milliseconds. */
  recordedAt: Time,
  signedAt: Time,
  /** The 32 bytes of the Ed25519 key, base64. */
  publicKey: Schema.String,
  signature: Schema.String
})
export type SignedHead = typeof SignedHead.Type

export interface AuditKey {
  readonly publicKey: string
  readonly sign: (head: Pick<SignedHead, "position" | "hash" | "recordedAt">, signedAt: number) => SignedHead
  /** The place where a log that is trimmed begins. */
  readonly signStart: (start: UnsignedStart, signedAt: number) => Trimming
}

type UnsignedStart = Pick<Trimming, "position" | "hash" | "recordedAt" | "streamsHash">

/** The key in this data directory, made where there is none. */
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

/** The public key of this data directory; null where nothing was signed yet. */
export const knownPublicKey = (directory: string): string | null =>
  readKeyFile(join(directory, AUDIT_KEY_FILE)) === undefined ? null : openAuditKey(directory).publicKey

/** Why a file is no head signed with `publicKey` (that in the file itself when left out), or the head. */
export const readSignedHead = (text: string, publicKey?: string): Result.Result<SignedHead, string> => {
  const parsed = Result.try(() => JSON.parse(text) as unknown)
  const head = Result.isSuccess(parsed) ? Schema.decodeUnknownResult(SignedHead)(parsed.success) : parsed
  if (Result.isFailure(head)) return Result.fail("is not a head as `audit head --sign` writes it")
  const given = head.success
  if (publicKey !== undefined && publicKey !== given.publicKey) return Result.fail("was signed with another key")
  return isSigned(signedBytes(given), given)
    ? Result.succeed(given)
    : Result.fail("does not have the signature that it needs: it was changed")
}

/** Whether the key that the trimming names has signed it. */
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
