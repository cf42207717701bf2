/**
 * A passkey's signature over WhatsApp's challenge, as a browser gives it, and what can be told of it here.
 *
 * WhatsApp verifies it. This file only finds what can never be right, before WhatsApp sees it: a wrong assertion costs the owner of the
 * phone another ceremony.
 */
import { Schema } from "effect"

const Base64Url = Schema.String.check(Schema.isPattern(/^[\w-]{1,8000}$/))

/** What `PublicKeyCredential.toJSON()` gives. Binary fields are base64url without padding. */
export const PasskeyAssertion = Schema.Struct({
  id: Base64Url,
  rawId: Base64Url,
  type: Schema.Literal("public-key"),
  response: Schema.Struct({
    clientDataJSON: Base64Url,
    authenticatorData: Base64Url,
    signature: Base64Url,
    userHandle: Schema.optionalKey(Schema.NullOr(Base64Url))
  }),
  authenticatorAttachment: Schema.optionalKey(Schema.NullOr(Schema.String.check(Schema.isMaxLength(100)))),
  clientExtensionResults: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))
})
export type PasskeyAssertion = typeof PasskeyAssertion.Type

/** The page on which a passkey of WhatsApp can be used. A browser refuses every other. */
export const PASSKEY_ORIGIN = "https://web.whatsapp.com"

/** Rejection: this assertion cannot be the answer to WhatsApp's challenge. */
export class AssertionUnfit extends Schema.TaggedError<AssertionUnfit>()("AssertionUnfit", { reason: Schema.String }) {
  override get message(): string {
    return this.reason
  }
}

/** Why the assertion is no answer to this challenge (PublicKeyCredentialRequestOptions as JSON); undefined when it may be one. */
export const assertionProblem = (options: string, { id, rawId, response }: PasskeyAssertion): string | undefined => {
  if (id !== rawId) return "id and rawId must be the same"
  const clientData = parse(Buffer.from(response.clientDataJSON, "base64url").toString("utf8"))
  if (clientData === undefined) return "response.clientDataJSON is not the base64url of a JSON object"
  if (clientData.type !== "webauthn.get") return "this is not the answer of navigator.credentials.get"
  if (clientData.origin !== PASSKEY_ORIGIN) {
    return `the passkey was used on ${String(clientData.origin)}; it must be used on ${PASSKEY_ORIGIN}`
  }
  if (clientData.challenge !== parse(options)?.challenge) return "this answers an older challenge; sign the new one"
  return undefined
}

const parse = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
