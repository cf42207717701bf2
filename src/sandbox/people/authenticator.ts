/**
 * The passkey of an account, and what holds it: a WebAuthn authenticator with ES256. On a real phone it is the password manager. It signs
 * what a browser shows it; whether that is what the server asked for is the server's business (login/passkey-assertion.ts).
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from "node:crypto"
import { InvalidRequest } from "../request-errors.ts"
import type { PasskeyCredential } from "../login/passkey-assertion.ts"
import type { State } from "../state/store.ts"

/** What a test may make wrong. By default everything is as a browser on WhatsApp Web makes it. */
export interface SigningCircumstances {
  /** The page that asks for the signature. */
  readonly origin?: string
  /** The challenge that is signed in place of the one in the options. */
  readonly challenge?: string
  /** False: the owner has not unlocked the authenticator. */
  readonly isVerified?: boolean
}

/** An assertion as `PublicKeyCredential.toJSON()` gives it: every binary field in base64url. */
export interface Assertion {
  readonly id: string
  readonly rawId: string
  readonly type: "public-key"
  readonly authenticatorAttachment: "platform"
  readonly clientExtensionResults: object
  readonly response: {
    readonly clientDataJSON: string
    readonly authenticatorData: string
    readonly signature: string
    readonly userHandle: string
  }
}

interface Kept {
  readonly id: Uint8Array
  readonly privateKey: string
}

const WHATSAPP_WEB = "https://web.whatsapp.com"
const PRESENT = 0x01
const VERIFIED = 0x04

/** One passkey. */
export class Authenticator {
  readonly #number: string
  readonly #key: Kept
  #signatures = 0

  /** The passkey that survived, or a new one. */
  constructor(number: string, state: State) {
    this.#number = number
    const kept = state.get("passkey", number) as Kept | undefined
    this.#key = kept ?? newKey()
    if (kept === undefined) state.put("passkey", number, this.#key)
  }

  /** What the server knows of it. */
  get credential(): PasskeyCredential {
    return { id: this.#key.id, publicKey: createPublicKey(createPrivateKey(this.#key.privateKey)) }
  }

  /** For another authenticator that is to hold the same passkey, such as a browser's: its key in PKCS 8. */
  get exported(): { readonly id: Uint8Array; readonly privateKey: Buffer; readonly userHandle: Buffer } {
    const privateKey = createPrivateKey(this.#key.privateKey).export({ type: "pkcs8", format: "der" })
    return { id: this.#key.id, privateKey, userHandle: Buffer.from(this.#number) }
  }

  /** Signs a challenge. `options`: PublicKeyCredentialRequestOptions as JSON. */
  sign(options: unknown, circumstances: SigningCircumstances = {}): Assertion {
    const { challenge, rpId } = (options ?? {}) as { challenge?: unknown; rpId?: unknown }
    if (typeof challenge !== "string" || typeof rpId !== "string")
      throw new InvalidRequest("the options need a challenge and an rpId, both texts")
    const { origin = WHATSAPP_WEB, isVerified = true } = circumstances
    const clientData = Buffer.from(
      JSON.stringify({
        type: "webauthn.get",
        challenge: circumstances.challenge ?? challenge,
        origin,
        crossOrigin: false
      })
    )
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(++this.#signatures)
    const flags = Buffer.of(isVerified ? PRESENT | VERIFIED : PRESENT)
    const authenticatorData = Buffer.concat([sha256(rpId), flags, counter])
    const signed = Buffer.concat([authenticatorData, sha256(clientData)])
    const id = Buffer.from(this.#key.id).toString("base64url")
    return {
      id,
      rawId: id,
      type: "public-key",
      authenticatorAttachment: "platform",
      clientExtensionResults: {},
      response: {
        clientDataJSON: clientData.toString("base64url"),
        authenticatorData: authenticatorData.toString("base64url"),
        signature: sign("sha256", signed, { key: this.#key.privateKey, dsaEncoding: "der" }).toString("base64url"),
        userHandle: Buffer.from(this.#number).toString("base64url")
      }
    }
  }
}

function newKey(): Kept {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  return { id: randomBytes(32), privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string }
}

function sha256(data: string | Uint8Array): Buffer {
  return createHash("sha256").update(data).digest()
}
