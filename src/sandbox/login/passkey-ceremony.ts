/**
 * Linking an account that a passkey protects. WhatsApp asks for it since June 2026 (tulir/whatsmeow#1185, #1186; WhiskeySockets/Baileys
 * #2689). The steps, as WhatsApp Web takes them (WAWebShortcakeLinkingApi):
 * 1. `passkey_prologue_request`: after a scan, or after `companion_finish`, the server demands an assertion instead of pairing. The
 *    options may be left out; the client then asks for them.
 * 2. `<ref/>` and `passkey_prologue`: the client gets a ref, and sends the assertion, its ephemeral identity and a commitment to a nonce.
 *    The handoff proof says that it is the client whose QR the phone scanned.
 * 3. `crsc_continuation`: the phone's ephemeral identity. `companion_nonce`: the client reveals its nonce, and both show a code.
 * 4. `encrypted_pairing_request`: the client's keys and its new ADV secret, encrypted under the key that the two agreed on. Then the
 *    phone signs as in every pairing.
 * This file plays the server and the phone. It checks everything that they check.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import {
  aesDecryptGCM,
  type BinaryNode,
  bytesToCrockford,
  Curve,
  hkdf,
  type KeyPair,
  proto
} from "@whiskeysockets/baileys"
import type { ArmedFaults } from "../faults/armed-faults.ts"
import type { PasskeyVariant } from "../faults/fault.ts"
import { IqRefusal } from "../request-errors.ts"
import type { KeyBundle } from "../state/device.ts"
import type { Connection } from "../wire/connection.ts"
import { bytesOf, element, textOf } from "../wire/stanza.ts"
import type { Notices } from "./notices.ts"
import { checkAssertion, RP_ID } from "./passkey-assertion.ts"
import type { PairingPhone } from "./pairing-phone.ts"

/** What a ceremony needs. */
export interface CeremonyParts {
  readonly faults: ArmedFaults
  readonly notices: Notices
}

/** How far a client has come. */
type Stage = "asked" | "answered" | "revealed" | "requested"

/** The client that is to be linked, as its registration describes it. */
export interface WaitingClient {
  readonly connection: Connection
  readonly bundle: KeyBundle
  readonly platformType: proto.DeviceProps.PlatformType
}

/** What a test and the control API see of it. */
export interface CeremonyView {
  readonly stage: Stage
  /** The code that the phone shows; undefined before the client has revealed its nonce. */
  readonly code: string | undefined
  /** The client has proved that it is the one whose QR the phone scanned. */
  readonly isHandedOver: boolean
}

const CHALLENGE_MS = 600_000
const CODE_BYTES = 5
const KEY_BYTES = 32
const HANDOFF = "shortcake-passkey-handoff-v1"

/** One ceremony: from the demand until the client's pairing request. */
export class PasskeyCeremony {
  readonly phone: PairingPhone
  readonly #parts: CeremonyParts
  readonly #registration: WaitingClient
  /** The ADV secret that the phone got from the client: in the QR, or in the pairing code's exchange. */
  readonly #sharedSecret: Uint8Array | undefined
  readonly #keys: KeyPair = Curve.generateKeyPair()
  readonly #nonce = randomBytes(KEY_BYTES)
  #variant: PasskeyVariant | undefined
  #challenge = ""
  #challengeEndsAt = 0
  #ref: string | undefined
  #client: { readonly identity: Uint8Array; readonly key: Uint8Array; readonly commitment: Uint8Array } | undefined
  #stage: Stage = "asked"
  #code: string | undefined
  #isHandedOver = false

  constructor(
    parts: CeremonyParts,
    registration: WaitingClient,
    phone: PairingPhone,
    sharedSecret: Uint8Array | undefined
  ) {
    this.#parts = parts
    this.#registration = registration
    this.phone = phone
    this.#sharedSecret = sharedSecret
  }

  get number(): string {
    return this.phone.account.number
  }

  get view(): CeremonyView {
    return { stage: this.#stage, code: this.#code, isHandedOver: this.#isHandedOver }
  }

  /** Demands the passkey. `variant`: what this network does otherwise than WhatsApp; `ms`: how long the challenge is valid. */
  demand(variant: PasskeyVariant | undefined, ms: number | undefined): void {
    this.#begin(variant, ms)
    const content = variant === "no_options" ? undefined : [this.#options(ms)]
    this.#parts.notices.push(this.#registration.connection, "passkey_prologue_request", content)
  }

  /** The client asks for options: none came with the demand, or its first assertion has led nowhere. */
  renew(): BinaryNode[] {
    const fault = this.#parts.faults.trigger("passkey", this.number)
    this.#begin(fault?.variant, fault?.ms)
    return [this.#options(fault?.ms)]
  }

  /** Gives the ref that the prologue must name. */
  giveRef(): BinaryNode[] {
    this.#ref = `2@${randomBytes(24).toString("base64")}`
    return [element("ref", {}, Buffer.from(this.#ref))]
  }

  /** Takes `passkey_prologue`. Unless the variant says otherwise, the phone then continues. */
  takePrologue(prologue: BinaryNode): void {
    if (this.#variant === "refused") throw new IqRefusal("403", "forbidden")
    if (this.#stage !== "asked" || Date.now() > this.#challengeEndsAt) throw new IqRefusal("410", "gone")
    checkAssertion(this.phone.passkey, this.#challenge, {
      credentialId: bytesOf(prologue, "credential_id"),
      assertion: Buffer.from(bytesOf(prologue, "webauthn_assertion")).toString("utf8")
    })
    const payload = bytesOf(prologue, "prologue_payload")
    this.#client = this.#readPayload(payload)
    this.#isHandedOver = this.#checkProof(prologue, payload)
    this.#stage = "answered"
    if (this.#variant !== "no_continuation") setImmediate(() => this.#continue())
  }

  /** Takes `companion_nonce`: it must be the one that the client has committed itself to. */
  takeNonce(nonce: Uint8Array): void {
    if (this.#variant === "nonce_refused") throw new IqRefusal("500", "internal-server-error")
    const client = this.#client
    if (this.#stage !== "answered" || client === undefined) throw new IqRefusal("400", "no phone waits for a nonce")
    const commitment = sha256(client.identity, nonce)
    if (nonce.length !== KEY_BYTES || !isSame(commitment, client.commitment))
      throw new IqRefusal("400", "this is not the nonce that the client has committed itself to")
    // A third party between the two: the phone has another nonce than the client was told.
    const own = this.#variant === "other_code" ? randomBytes(KEY_BYTES) : this.#nonce
    const digest = sha256(nonce, this.#keys.public)
    const code = Buffer.from(own.subarray(0, CODE_BYTES)).map((byte, index) => byte ^ (digest[index] ?? 0))
    this.#code = bytesToCrockford(Buffer.from(code))
    this.#stage = "revealed"
  }

  /** Takes `encrypted_pairing_request` and returns the ADV secret that the link is signed under. */
  takeRequest(request: Uint8Array): Uint8Array {
    if (this.#variant === "request_refused") throw new IqRefusal("500", "internal-server-error")
    const client = this.#client
    if (this.#stage !== "revealed" || client === undefined) throw new IqRefusal("400", "the codes were not shown yet")
    const { encryptedPayload, iv } = proto.EncryptedPairingRequest.decode(request)
    const shared = Curve.sharedKey(this.#keys.private, client.key)
    const salt = Buffer.from(`Companion Pairing ${this.#registration.platformType} with ref ${this.#ref}`)
    const key = Buffer.from(hkdf(Buffer.from(shared), KEY_BYTES, { salt, info: "Pairing Information Encryption Key" }))
    const plain = aesDecryptGCM(given(encryptedPayload), key, given(iv), Buffer.alloc(0))
    const pairing = proto.PairingRequest.decode(plain)
    const { connection, bundle } = this.#registration
    if (!isSame(given(pairing.companionPublicKey), connection.noise.clientStaticKey))
      throw new IqRefusal("400", "another noise key")
    if (!isSame(given(pairing.companionIdentityKey), bundle.identity))
      throw new IqRefusal("400", "another identity key")
    const advSecret = given(pairing.advSecret)
    if (advSecret.length !== KEY_BYTES) throw new IqRefusal("400", "the secret must have 32 bytes")
    this.#stage = "requested"
    return advSecret
  }

  #begin(variant: PasskeyVariant | undefined, ms = CHALLENGE_MS): void {
    this.#variant = variant
    this.#challenge = randomBytes(KEY_BYTES).toString("base64url")
    this.#challengeEndsAt = Date.now() + ms
    this.#stage = "asked"
    this.#code = undefined
  }

  #options(ms = CHALLENGE_MS): BinaryNode {
    const options = {
      challenge: this.#challenge,
      timeout: ms,
      rpId: RP_ID,
      allowCredentials: [],
      userVerification: "required",
      extensions: { uvm: true }
    }
    return element("passkey_request_options", {}, Buffer.from(JSON.stringify(options)))
  }

  #readPayload(payload: Uint8Array) {
    const { companionEphemeralIdentity, commitment } = proto.ProloguePayload.decode(payload)
    const identity = given(companionEphemeralIdentity)
    const { publicKey, deviceType, ref } = proto.CompanionEphemeralIdentity.decode(identity)
    const key = given(publicKey)
    if (key.length !== KEY_BYTES) throw new IqRefusal("400", "the ephemeral key must have 32 bytes")
    if (deviceType !== this.#registration.platformType) throw new IqRefusal("400", "another device type")
    if (this.#ref === undefined || ref !== this.#ref) throw new IqRefusal("400", "this is not the ref that was given")
    const hash = commitment?.hash
    if (hash?.length !== KEY_BYTES) throw new IqRefusal("400", "there is no commitment")
    return { identity, key, commitment: hash }
  }

  /** Whether there is a proof. A wrong one ends the attempt. */
  #checkProof(prologue: BinaryNode, payload: Uint8Array): boolean {
    const { content } = prologue
    const proof = Array.isArray(content) ? content.find(({ tag }) => tag === "pairing_handoff_proof") : undefined
    if (proof === undefined || this.#sharedSecret === undefined) return false
    const key = hkdf(Buffer.from(this.#sharedSecret), KEY_BYTES, { info: HANDOFF })
    const expected = createHmac("sha256", Buffer.from(key)).update(payload).digest()
    if (!isSame(proof.content as Uint8Array, expected)) throw new IqRefusal("400", `a wrong proof ${textOf(proof)}`)
    return true
  }

  #continue(): void {
    const publicKey = this.#variant === "short_key" ? this.#keys.public.subarray(1) : this.#keys.public
    pushContinuation(this.#parts.notices, this.#registration, publicKey, this.#nonce)
  }
}

/** A continuation; a test may send one that no client has asked for. */
export function pushContinuation(
  notices: Notices,
  { connection }: Pick<WaitingClient, "connection">,
  publicKey: Uint8Array,
  nonce: Uint8Array
): void {
  const identity = proto.PrimaryEphemeralIdentity.encode({ publicKey, nonce }).finish()
  notices.push(connection, "crsc_continuation", [element("primary_ephemeral_identity", {}, identity)])
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** The bytes of a field; none where a client has left it out. */
function given(bytes: Uint8Array | null | undefined): Buffer {
  return Buffer.from(bytes ?? [])
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
