/**
 * A phone enters a pairing code. Four steps (socket.js requestPairingCode, messages-recv.js link_code_companion_reg):
 * `companion_hello`: the client's ephemeral key, encrypted under the code (32 salt, 16 iv, 32 key) →
 * `primary_hello` notification: the phone's ephemeral key, likewise, and its identity key →
 * `companion_finish`: identity keys and a random, encrypted under what both ephemeral keys share (32 salt, 12 iv) →
 * both derive the ADV secret, and pairing ends as it does by QR.
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
import { userOf } from "../state/jid.ts"
import type { Connection } from "../wire/connection.ts"
import type { Handset } from "../people/handset.ts"
import { InvalidRequest } from "../request-errors.ts"
import { bytesOf, element, SERVER, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Device } from "../state/accounts.ts"
import { type CompletionParts, completePairing } from "./complete-pairing.ts"
import type { CodeHello, Registrations } from "./registrations.ts"

const FINISH_MS = 10_000

/** Takes `companion_hello` and gives the answer to the iq. */
export function takeCompanionHello(
  registrations: Registrations,
  connection: Connection,
  hello: BinaryNode
): BinaryNode {
  const registration = registrations.of(connection)
  if (registration === undefined) throw new InvalidRequest("a pairing code for a client that is paired already")
  const ref = randomBytes(16)
  registrations.helloByCode(registration, {
    number: userOf(hello.attrs["jid"] ?? ""),
    wrappedEphemeral: bytesOf(hello, "link_code_pairing_wrapped_companion_ephemeral_pub"),
    ref,
    onFinish: undefined
  })
  return element("link_code_companion_reg", { stage: "companion_hello" }, [element("link_code_pairing_ref", {}, ref)])
}

/** Takes `companion_finish`. Fails when the keys do not fit, as they do not after a wrong code. */
export async function takeCompanionFinish(
  registrations: Registrations,
  connection: Connection,
  finish: BinaryNode
): Promise<void> {
  const onFinish = registrations.of(connection)?.codeHello?.onFinish
  if (onFinish === undefined) throw new InvalidRequest("no phone is entering a code for this client")
  await onFinish(finish)
}

/** Enters a code on a phone and resolves when the client is paired. Fails on a wrong code. */
export async function enterCode(parts: CompletionParts, handset: Handset, code: string): Promise<Device> {
  const { registration, hello } = await parts.registrations.byCodeNumber(handset.account.number)
  const typed = code.replaceAll(/[\s-]/g, "").toUpperCase()
  const ephemeral = Curve.generateKeyPair()
  const companionEphemeral = await unwrap(typed, hello.wrappedEphemeral)
  const primaryHello = await primaryHelloOf(handset, typed, ephemeral, hello)
  const finished = finishOf(hello)
  registration.connection.push(primaryHello)
  const { finish, settle } = await finished
  try {
    const claim = claimOf(handset, ephemeral, companionEphemeral, finish)
    settle()
    // Let the answer to companion_finish go out before pair-success does.
    await new Promise((resolve) => setImmediate(resolve))
    return await completePairing(parts, registration, handset, claim)
  } catch (error) {
    // A code is good for one try: the client has to ask again.
    registration.codeHello = undefined
    settle(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

interface Finish {
  readonly finish: BinaryNode
  /** Answers the client's iq: accepted, or refused because of this error. */
  readonly settle: (error?: Error) => void
}

function finishOf(hello: CodeHello): Promise<Finish> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new InvalidRequest("the client did not go on after the code was entered")),
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
  handset: Handset,
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
      element("primary_identity_pub", {}, handset.signal.creds.signedIdentityKey.public),
      element("link_code_pairing_ref", {}, hello.ref)
    ])
  ])
}

async function unwrap(code: string, wrapped: Uint8Array): Promise<Buffer> {
  const bytes = Buffer.from(wrapped)
  const key = await derivePairingCodeKey(code, bytes.subarray(0, 32))
  return aesDecryptCTR(bytes.subarray(48, 80), key, bytes.subarray(32, 48))
}

function claimOf(handset: Handset, ephemeral: KeyPair, companionEphemeral: Uint8Array, finish: BinaryNode) {
  const identity = bytesOf(finish, "companion_identity_public")
  const bundle = Buffer.from(bytesOf(finish, "link_code_pairing_wrapped_key_bundle"))
  const shared = Curve.sharedKey(ephemeral.private, companionEphemeral)
  const info = "link_code_pairing_key_bundle_encryption_key"
  const key = Buffer.from(hkdf(shared, 32, { salt: bundle.subarray(0, 32), info }))
  const random = openBundle(bundle, key).subarray(64)
  const identityShared = Curve.sharedKey(handset.signal.creds.signedIdentityKey.private, Buffer.from(identity))
  const secret = hkdf(Buffer.concat([shared, identityShared, random]), 32, { info: "adv_secret" })
  return { identity, advSecret: Buffer.from(secret) }
}

function openBundle(bundle: Buffer, key: Buffer): Buffer {
  try {
    return aesDecryptGCM(bundle.subarray(44), key, bundle.subarray(32, 44), Buffer.alloc(0))
  } catch (cause) {
    throw new InvalidRequest("the code is wrong", { cause })
  }
}
