/**
 * Pairing by code: a phone enters it. The steps (socket.js requestPairingCode, messages-recv.js link_code_companion_reg):
 * 1. `companion_hello`: the client sends its ephemeral key, encrypted under the code (32 salt, 16 iv, 32 key).
 * 2. `primary_hello` notification: the phone sends its ephemeral key, encrypted likewise, and its identity key.
 * 3. `companion_finish`: the client sends the identity keys and a random value, encrypted under the secret that the two
 *    ephemeral keys share (32 salt, 12 iv).
 * 4. Both derive the ADV secret, and pairing is completed as by QR.
 */
import { randomBytes } from "node:crypto"
import {
  aesDecryptCTR,
  aesDecryptGCM,
  aesEncryptCTR,
  type BinaryNode,
  Curve,
  derivePairingCodeKey,
  hkdf,
  type KeyPair
} from "@whiskeysockets/baileys"
import { InvalidRequest } from "../request-errors.ts"
import type { Device } from "../state/device.ts"
import { userOf } from "../state/jid.ts"
import type { Connection } from "../wire/connection.ts"
import { bytesOf, element, SERVER, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import { type CompletionParts, completePairing } from "./complete-pairing.ts"
import type { PairingPhone } from "./pairing-phone.ts"
import type { CodeHello, Registrations } from "./registrations.ts"

const FINISH_MS = 10_000

/** Handles `companion_hello` and returns the content of the answer. */
export function answerCompanionHello(
  registrations: Registrations,
  connection: Connection,
  hello: BinaryNode
): BinaryNode {
  const registration = registrations.of(connection)
  if (registration === undefined)
    throw new InvalidRequest("the client is paired already and cannot request a pairing code")
  const ref = randomBytes(16)
  registrations.requestCode(registration, {
    number: userOf(hello.attrs["jid"] ?? ""),
    wrappedEphemeral: bytesOf(hello, "link_code_pairing_wrapped_companion_ephemeral_pub"),
    ref,
    onFinish: undefined
  })
  return element("link_code_companion_reg", { stage: "companion_hello" }, [element("link_code_pairing_ref", {}, ref)])
}

/** Handles `companion_finish`. Fails when the keys do not match, which is so after a wrong code. */
export async function handleCompanionFinish(
  registrations: Registrations,
  connection: Connection,
  finish: BinaryNode
): Promise<void> {
  const onFinish = registrations.of(connection)?.codeHello?.onFinish
  if (onFinish === undefined) throw new InvalidRequest("no phone is entering a code for this client")
  await onFinish(finish)
}

/** Enters a code on a phone and resolves when the client is paired. Fails on a wrong code. */
export async function enterCode(parts: CompletionParts, phone: PairingPhone, code: string): Promise<Device> {
  const { registration, hello } = await parts.registrations.byCodeNumber(phone.account.number)
  const typed = code.replaceAll(/[\s-]/g, "").toUpperCase()
  const ephemeral = Curve.generateKeyPair()
  const companionEphemeral = await decryptEphemeral(typed, hello.wrappedEphemeral)
  const primaryHello = await primaryHelloOf(phone, typed, ephemeral, hello)
  const finished = finishOf(hello)
  registration.connection.push(primaryHello)
  const { finish, settle } = await finished
  try {
    const claim = claimOf(phone, ephemeral, companionEphemeral, finish)
    settle()
    // The answer to companion_finish must go out before pair-success.
    await new Promise((resolve) => setImmediate(resolve))
    return await completePairing(parts, registration, phone, claim)
  } catch (error) {
    // A code is valid for one attempt. The client must request a new one.
    registration.codeHello = undefined
    settle(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

interface Finish {
  readonly finish: BinaryNode
  /** Answers the client's iq: accepts it, or refuses it with this error. */
  readonly settle: (error?: Error) => void
}

function finishOf(hello: CodeHello): Promise<Finish> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new InvalidRequest(`the client did not continue within ${FINISH_MS / 1000} s after the code was entered`)
        ),
      FINISH_MS
    )
    hello.onFinish = (finish) =>
      new Promise((accept, refuse) => {
        clearTimeout(timer)
        hello.onFinish = undefined
        resolve({ finish, settle: (error) => (error === undefined ? accept() : refuse(error)) })
      })
  })
}

async function primaryHelloOf(
  phone: PairingPhone,
  code: string,
  ephemeral: KeyPair,
  hello: CodeHello
): Promise<BinaryNode> {
  const salt = randomBytes(32)
  const iv = randomBytes(16)
  const encrypted = aesEncryptCTR(ephemeral.public, await derivePairingCodeKey(code, salt), iv)
  const wrapped = Buffer.concat([salt, iv, encrypted])
  const attrs = {
    from: SERVER,
    type: "link_code_companion_reg",
    id: serverStanzaId(),
    t: unixSeconds()
  }
  return element("notification", attrs, [
    element("link_code_companion_reg", { stage: "primary_hello" }, [
      element("link_code_pairing_wrapped_primary_ephemeral_pub", {}, wrapped),
      element("primary_identity_pub", {}, phone.signingKeys.signedIdentityKey.public),
      element("link_code_pairing_ref", {}, hello.ref)
    ])
  ])
}

async function decryptEphemeral(code: string, wrapped: Uint8Array): Promise<Buffer> {
  const bytes = Buffer.from(wrapped)
  const key = await derivePairingCodeKey(code, bytes.subarray(0, 32))
  return aesDecryptCTR(bytes.subarray(48, 80), key, bytes.subarray(32, 48))
}

function claimOf(phone: PairingPhone, ephemeral: KeyPair, companionEphemeral: Uint8Array, finish: BinaryNode) {
  const identity = bytesOf(finish, "companion_identity_public")
  const bundle = Buffer.from(bytesOf(finish, "link_code_pairing_wrapped_key_bundle"))
  const shared = Curve.sharedKey(ephemeral.private, companionEphemeral)
  const info = "link_code_pairing_key_bundle_encryption_key"
  const key = Buffer.from(hkdf(shared, 32, { salt: bundle.subarray(0, 32), info }))
  const random = decryptBundle(bundle, key).subarray(64)
  const identityShared = Curve.sharedKey(phone.signingKeys.signedIdentityKey.private, Buffer.from(identity))
  const secret = hkdf(Buffer.concat([shared, identityShared, random]), 32, { info: "adv_secret" })
  return { identity, advSecret: Buffer.from(secret) }
}

function decryptBundle(bundle: Buffer, key: Buffer): Buffer {
  try {
    return aesDecryptGCM(bundle.subarray(44), key, bundle.subarray(32, 44), Buffer.alloc(0))
  } catch (cause) {
    throw new InvalidRequest("the code is wrong; the client must request a new one", { cause })
  }
}
