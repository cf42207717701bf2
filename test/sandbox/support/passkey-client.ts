/**
 * A client that links with a passkey, step by step, on a bare Baileys socket. It is written from the protocol, not from the gateway: a test
 * can make any step wrong, and sees what the server says to it.
 */
import { createHash, createHmac, randomBytes } from "node:crypto"
import {
  aesEncryptGCM,
  type BinaryNode,
  bytesToCrockford,
  Curve,
  hkdf,
  proto,
  S_WHATSAPP_NET
} from "@whiskeysockets/baileys"
import type { Assertion } from "../../../src/sandbox/people/authenticator.ts"
import { bytesOf, child, textOf } from "../../../src/sandbox/wire/stanza.ts"
import { type BareClient, until } from "./bare-client.ts"

/** What a test makes wrong in the prologue. */
export interface PrologueFaults {
  readonly deviceType?: proto.DeviceProps.PlatformType
  readonly ref?: string
  readonly keyBytes?: number
  readonly credentialId?: Uint8Array
  /** In place of the proof under the secret in the QR; null: none. */
  readonly proof?: Uint8Array | null
}

/** What a test makes wrong in the pairing request. */
export interface RequestFaults {
  readonly noiseKey?: Uint8Array
  readonly identityKey?: Uint8Array
  readonly secret?: Uint8Array
}

const SHARED_INFO = "Pairing Information Encryption Key"

export class PasskeyClient {
  readonly #client: BareClient
  readonly #keys = Curve.generateKeyPair()
  readonly nonce = randomBytes(32)
  #ref = ""

  constructor(client: BareClient) {
    this.#client = client
  }

  /** The options that came with the demand, or that the server gives when it is asked. */
  async options(): Promise<{ readonly challenge: string; readonly rpId: string; readonly timeout: number }> {
    const demand = this.#client.notifications.find(({ attrs }) => attrs["type"] === "passkey_prologue_request")
    const embedded = child(demand, "passkey_request_options")
    const node =
      embedded ??
      child(await this.query("get", { tag: "passkey_request_options", attrs: {} }), "passkey_request_options")
    return JSON.parse(textOf(node)) as Awaited<ReturnType<PasskeyClient["options"]>>
  }

  async fetchRef(): Promise<string> {
    this.#ref = textOf(child(await this.query("get", { tag: "ref", attrs: {} }), "ref"))
    return this.#ref
  }

  /** Sends the prologue. Rejects with the server's words. */
  async answer(assertion: Assertion, faults: PrologueFaults = {}): Promise<void> {
    const identity = proto.CompanionEphemeralIdentity.encode({
      publicKey: this.#keys.public.subarray(0, faults.keyBytes ?? 32),
      deviceType: faults.deviceType ?? proto.DeviceProps.PlatformType.CHROME,
      ref: faults.ref ?? this.#ref
    }).finish()
    const commitment = { hash: sha256(identity, this.nonce) }
    const payload = proto.ProloguePayload.encode({ companionEphemeralIdentity: identity, commitment }).finish()
    const proof = faults.proof === undefined ? this.#proofOf(payload) : faults.proof
    const leaf = (tag: string, content: Uint8Array): BinaryNode => ({ tag, attrs: {}, content })
    await this.query("set", {
      tag: "passkey_prologue",
      attrs: {},
      content: [
        leaf("credential_id", faults.credentialId ?? Buffer.from(assertion.rawId, "base64url")),
        leaf("webauthn_assertion", Buffer.from(JSON.stringify(assertion))),
        leaf("prologue_payload", payload),
        ...(proof === null ? [] : [leaf("pairing_handoff_proof", proof)])
      ]
    })
  }

  /** The phone's ephemeral identity, once it has come. */
  async continuation(): Promise<proto.PrimaryEphemeralIdentity> {
    const find = () => this.#client.notifications.find(({ attrs }) => attrs["type"] === "crsc_continuation")
    await until(find, "the continuation")
    return proto.PrimaryEphemeralIdentity.decode(bytesOf(find(), "primary_ephemeral_identity"))
  }

  /** Reveals the nonce; answers the code that the client shows. */
  async reveal(
    { publicKey, nonce }: proto.PrimaryEphemeralIdentity,
    revealed: Uint8Array = this.nonce
  ): Promise<string> {
    await this.query("set", { tag: "companion_nonce", attrs: {}, content: revealed })
    const digest = sha256(revealed, publicKey ?? Buffer.alloc(0))
    const code = Buffer.from((nonce ?? Buffer.alloc(5)).subarray(0, 5)).map(
      (byte, index) => byte ^ (digest[index] ?? 0)
    )
    return bytesToCrockford(Buffer.from(code))
  }

  /** Sends the pairing request with a new ADV secret, under which Baileys then checks the link. */
  async request({ publicKey }: proto.PrimaryEphemeralIdentity, faults: RequestFaults = {}): Promise<void> {
    const { creds } = this.#client.auth
    const secret = randomBytes(32)
    const shared = Curve.sharedKey(this.#keys.private, publicKey ?? Buffer.alloc(32))
    const salt = Buffer.from(`Companion Pairing ${proto.DeviceProps.PlatformType.CHROME} with ref ${this.#ref}`)
    const key = Buffer.from(hkdf(Buffer.from(shared), 32, { salt, info: SHARED_INFO }))
    const plain = proto.PairingRequest.encode({
      companionPublicKey: faults.noiseKey ?? creds.noiseKey.public,
      companionIdentityKey: faults.identityKey ?? creds.signedIdentityKey.public,
      advSecret: faults.secret ?? secret
    }).finish()
    const iv = randomBytes(12)
    const encryptedPayload = aesEncryptGCM(Buffer.from(plain), key, iv, Buffer.alloc(0))
    creds.advSecretKey = secret.toString("base64")
    const content = proto.EncryptedPairingRequest.encode({ encryptedPayload, iv }).finish()
    await this.query("set", { tag: "encrypted_pairing_request", attrs: {}, content })
  }

  query(type: "get" | "set", node: BinaryNode): Promise<BinaryNode> {
    return this.#client.sock.query({ tag: "iq", attrs: { to: S_WHATSAPP_NET, type, xmlns: "md" }, content: [node] })
  }

  #proofOf(payload: Uint8Array): Buffer {
    const secret = Buffer.from(this.#client.auth.creds.advSecretKey, "base64")
    const key = Buffer.from(hkdf(secret, 32, { info: "shortcake-passkey-handoff-v1" }))
    return createHmac("sha256", key).update(payload).digest()
  }
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest()
}
