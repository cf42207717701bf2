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
import type { CodeNotice } from "../faults/fault.ts"
import { InvalidRequest, IqRefusal } from "../request-errors.ts"
import type { Device } from "../state/device.ts"
import { userOf } from "../state/jid.ts"
import type { Connection } from "../wire/connection.ts"
import { bytesOf, child, element, textOf } from "../wire/stanza.ts"
import { checkVersion, type CompletionParts, completePairing } from "./complete-pairing.ts"
import { isKnownDevice } from "./device-name.ts"
import type { PairingPhone } from "./pairing-phone.ts"
import type { CodeHello, Registration } from "./registrations.ts"
import { askForNewSecret } from "./secret-refusal.ts"

const NOTICE = "link_code_companion_reg"
/** So often a phone may answer one request for a code. */
const ATTEMPTS_MAX = 3

/** The words that stand beside each code (oxidezap/whatsapp-rust, PairCodeRejection). */
const REFUSALS: Readonly<Record<number, string>> = {
  400: "bad-request",
  403: "forbidden",
  429: "rate-overlimit",
  452: "feature-not-available",
  500: "internal-server-error"
}

/** Handles `companion_hello` and returns the content of the answer. `"silence"`: the server never answers. */
export function answerCompanionHello(
  { registrations, faults }: CompletionParts,
  connection: Connection,
  hello: BinaryNode
): BinaryNode[] | "silence" {
  const registration = registrations.of(connection)
  if (registration === undefined)
    throw new InvalidRequest("the client is paired already and cannot request a pairing code")
  const number = userOf(hello.attrs["jid"] ?? "")
  const fault = faults.trigger("refuse_code", number)
  if (fault?.code !== undefined)
    throw new IqRefusal(String(fault.code), REFUSALS[fault.code] ?? "refused", fault.backoff?.toString())
  if (fault !== undefined) return "silence"
  const display = textOf(child(hello, "companion_platform_display"))
  if (!isKnownDevice(display, textOf(child(hello, "companion_platform_id")))) throw new IqRefusal("400", "bad-request")
  const ref = randomBytes(16)
  registrations.requestCode(registration, {
    number,
    wrappedEphemeral: bytesOf(hello, "link_code_pairing_wrapped_companion_ephemeral_pub"),
    ref,
    at: performance.now(),
    attempts: 0,
    onFinish: undefined
  })
  const answer = element("link_code_pairing_ref", {}, ref)
  return [element("link_code_companion_reg", { stage: "companion_hello" }, [answer])]
}

/** Handles `companion_finish`. The server passes it to the phone; whether the phone can open it, the client never hears. */
export function takeCompanionFinish(
  { registrations, faults }: CompletionParts,
  connection: Connection,
  finish: BinaryNode
): void {
  const hello = registrations.of(connection)?.codeHello
  const fault = hello === undefined ? undefined : faults.trigger("refuse_finish", hello.number)
  if (fault?.code !== undefined) throw new IqRefusal(String(fault.code), REFUSALS[fault.code] ?? "refused")
  if (fault !== undefined) return
  if (hello?.onFinish === undefined) throw new InvalidRequest("no phone is entering a code for this client")
  if (!Buffer.from(bytesOf(finish, "link_code_pairing_ref")).equals(hello.ref))
    throw new IqRefusal("400", "bad-request")
  hello.onFinish(finish)
}

/**
 * Enters a code on a phone and resolves when the client is paired. Fails on a wrong code. The server passes what the phone sends to the
 * client that asked last for this number, whichever code was typed; a code that is not that client's leads nowhere.
 */
export async function enterCode(parts: CompletionParts, phone: PairingPhone, code: string): Promise<Device> {
  const { faults, settings } = parts
  const { number } = phone.account
  const { registration, hello } = await parts.registrations.byCodeNumber(number)
  checkVersion(parts, registration)
  const age = performance.now() - hello.at
  if (age > settings.codeMs || hello.attempts >= ATTEMPTS_MAX)
    throw new InvalidRequest("the code has expired; the client must request a new one")
  const notice = faults.trigger("code_notice", number)?.notice
  if (notice !== undefined) return await notifyInstead(parts, phone, { registration, hello }, notice)
  hello.attempts++
  const typed = code.replaceAll(/[\s-]/g, "").toUpperCase()
  const ephemeral = Curve.generateKeyPair()
  const companionEphemeral = await decryptEphemeral(typed, hello.wrappedEphemeral)
  const primaryHello = await primaryHelloOf(phone, typed, ephemeral, hello)
  const finished = finishOf(hello, settings.finishMs)
  parts.notices.push(registration.connection, NOTICE, [primaryHello])
  const late = faults.trigger("late_refresh", number)
  if (late !== undefined) askForNewSecret(parts, registration, late.child ?? "companion_reg_refresh")
  const claim = claimOf(phone, ephemeral, companionEphemeral, await finished)
  // The answer to companion_finish must go out before pair-success.
  await new Promise((resolve) => setImmediate(resolve))
  return completePairing(parts, registration, phone, claim)
}

interface Entering {
  readonly registration: Registration
  readonly hello: CodeHello
}

/** What the server sends when it has no `primary_hello` for the client. */
async function notifyInstead(
  parts: CompletionParts,
  phone: PairingPhone,
  { registration, hello }: Entering,
  notice: CodeNotice
): Promise<Device> {
  const ref = element("link_code_pairing_ref", {}, hello.ref)
  const { connection, bundle } = registration
  if (notice === "empty") {
    // Seen before a passkey is demanded: the phone's key is not there (tulir/whatsmeow#1188).
    const empty = element("link_code_companion_reg", { stage: "primary_hello" }, [ref])
    parts.notices.push(connection, NOTICE, [empty])
    return completePairing(parts, registration, phone, { identity: bundle.identity, advSecret: undefined })
  }
  registration.codeHello = undefined
  const forced = notice === "forced_refresh_code" ? "true" : undefined
  const refresh = element("link_code_companion_reg", { stage: "refresh_code", force_manual_refresh: forced }, [ref])
  parts.notices.push(connection, NOTICE, [refresh])
  throw new InvalidRequest("the code is not valid any more; the client must request a new one")
}

function finishOf(hello: CodeHello, ms: number): Promise<BinaryNode> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new InvalidRequest(`the client did not continue within ${ms / 1000} s after the code was entered`)),
      ms
    )
    hello.onFinish = (finish) => {
      clearTimeout(timer)
      hello.onFinish = undefined
      resolve(finish)
    }
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
  return element("link_code_companion_reg", { stage: "primary_hello" }, [
    element("link_code_pairing_wrapped_primary_ephemeral_pub", {}, wrapped),
    element("primary_identity_pub", {}, phone.signingKeys.signedIdentityKey.public),
    element("link_code_pairing_ref", {}, hello.ref)
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
    throw new InvalidRequest("the code is wrong", { cause })
  }
}
