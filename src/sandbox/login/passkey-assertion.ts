/**
 * Whether an assertion is one that WhatsApp's server takes: made with the account's passkey, for the challenge that it gave, on WhatsApp
 * Web. The rules are WebAuthn's (Level 3, 7.2), with ES256.
 */
import { createHash, type KeyObject, verify } from "node:crypto"
import { IqRefusal } from "../request-errors.ts"

/** What the server knows of a passkey. */
export interface PasskeyCredential {
  readonly id: Uint8Array
  /** P-256. */
  readonly publicKey: KeyObject
}

/** The relying party of WhatsApp's passkeys, and the only page that may ask for them. */
export const RP_ID = "whatsapp.com"
const ORIGIN = "https://web.whatsapp.com"
const PRESENT = 0x01
const VERIFIED = 0x04
const AUTHENTICATOR_DATA_BYTES_MIN = 37

/** Throws an `IqRefusal` that says what is wrong. `credentialId`: as it stands beside the assertion. */
export function checkAssertion(
  { id, publicKey }: PasskeyCredential,
  challenge: string,
  given: { readonly credentialId: Uint8Array; readonly assertion: string }
): void {
  const { assertion, response } = parse(given.assertion)
  const wrong = (text: string): never => {
    throw new IqRefusal("400", text)
  }
  if (!Buffer.from(given.credentialId).equals(id)) wrong("the account has no such passkey")
  if (!bytes(assertion["rawId"]).equals(id) || assertion["id"] !== assertion["rawId"]) wrong("id and rawId differ")
  if (assertion["type"] !== "public-key") wrong("the assertion is not of a public key")
  const clientDataJson = bytes(response["clientDataJSON"])
  const clientData = JSON.parse(clientDataJson.toString("utf8")) as Record<string, unknown>
  if (clientData["type"] !== "webauthn.get") wrong("the client data is not of an assertion")
  if (clientData["challenge"] !== challenge) wrong("another challenge was signed")
  if (clientData["origin"] !== ORIGIN) wrong("the page was not WhatsApp Web")
  const data = bytes(response["authenticatorData"])
  if (data.length < AUTHENTICATOR_DATA_BYTES_MIN) wrong("the authenticator data is too short")
  if (!data.subarray(0, 32).equals(sha256(RP_ID))) wrong("the passkey is of another relying party")
  const flags = data[32] ?? 0
  if ((flags & PRESENT) === 0 || (flags & VERIFIED) === 0) wrong("the owner has not unlocked the passkey")
  const signed = Buffer.concat([data, sha256(clientDataJson)])
  const key = { key: publicKey, dsaEncoding: "der" } as const
  if (!verify("sha256", signed, key, bytes(response["signature"]))) wrong("the signature is wrong")
}

function parse(text: string): { assertion: Record<string, unknown>; response: Record<string, unknown> } {
  try {
    const assertion = JSON.parse(text) as Record<string, unknown>
    return { assertion, response: (assertion["response"] ?? {}) as Record<string, unknown> }
  } catch (cause) {
    throw new IqRefusal("400", `the assertion is not JSON: ${String(cause)}`)
  }
}

function bytes(value: unknown): Buffer {
  if (typeof value !== "string" || !/^[\w-]+$/.test(value)) throw new IqRefusal("400", "a field is not base64url")
  return Buffer.from(value, "base64url")
}

function sha256(data: string | Uint8Array): Buffer {
  return createHash("sha256").update(data).digest()
}
