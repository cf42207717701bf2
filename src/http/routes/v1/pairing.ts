/** Linking a device: what there is to link it with, pairing codes, and the steps of a passkey. */
import { Effect, Schema } from "effect"
import { pairByCode } from "../../../application/pairing.ts"
import { pairingOf, passkeyOf } from "../../../application/pairing-view.ts"
import { answerPasskey, confirmPasskey } from "../../../application/passkey.ts"
import { PasskeyAssertion } from "../../../whatsapp/passkey.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { DeviceParams, PhoneNumber } from "./fields.ts"
import { DeviceModel, deviceModel } from "./models.ts"
import { CodeModel, codeModel, PairingModel, pairingModel, PasskeyModel, passkeyModel } from "./pairing-models.ts"

const tag = "Linking"
const id = EXAMPLE.number
/** A device whose phone is protected by a passkey. */
const protectedId = EXAMPLE.protectedNumber
const access = { for: "principal", scope: "manage" } as const

/** As a browser gives it. */
export const assertionExample = {
  id: EXAMPLE.credential,
  rawId: EXAMPLE.credential,
  type: "public-key",
  authenticatorAttachment: "platform",
  clientExtensionResults: {},
  response: {
    clientDataJSON: EXAMPLE.clientData,
    authenticatorData: EXAMPLE.authenticatorData,
    signature: EXAMPLE.signature,
    userHandle: null
  }
}

/** What may go wrong with a step that WhatsApp takes. */
export const stepFailures = [
  "DeviceNotFound",
  "CommandRefused",
  "DeviceBusy",
  "NoAnswer",
  "NotConnected",
  "PasskeyNotAsked",
  "PasskeyRefused"
] as const

export const pairingRoutes: readonly Route[] = [
  route({
    id: "getPairing",
    method: "GET",
    path: "/v1/devices/:id/pairing",
    tag,
    summary: "Get what links the device now",
    description: "The QR, the pairing code and the step of a passkey; each is null while there is none.",
    access,
    params: DeviceParams,
    answers: { 200: json("What links the device.", PairingModel) },
    failures: ["DeviceNotFound"],
    examples: [{ params: { id }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.gen(function* () {
        const pairing = yield* pairingOf(principal, params.id)
        return answer(200, yield* pairingModel(pairing))
      })
  }),
  route({
    id: "pairByCode",
    method: "POST",
    path: "/v1/devices/:id/pairing-code",
    tag,
    summary: "Get a pairing code to type into the phone",
    description:
      "Connects the device if it is at rest, and waits until WhatsApp has issued a code. Each code rings the phone. A code is valid for three minutes; a new code ends the previous one.",
    access,
    params: DeviceParams,
    body: Schema.Struct({ number: PhoneNumber }),
    answers: { 201: json("The code.", CodeModel) },
    failures: [
      "DeviceNotFound",
      "OtherNumber",
      "TooManyCodes",
      "CodeExpired",
      "CodeRefused",
      "CommandRefused",
      "DeviceBusy",
      "NoAnswer",
      "NotConnected"
    ],
    examples: [{ params: { id }, body: { number: EXAMPLE.number }, status: 201 }],
    handle: ({ principal, params, body, origin, key }) =>
      Effect.map(pairByCode(principal, params.id, body.number, origin, key), (code) => answer(201, codeModel(code)))
  }),
  route({
    id: "getPasskey",
    method: "GET",
    path: "/v1/devices/:id/passkey",
    tag,
    summary: "Get the challenge that the account's owner has to sign, or the code to compare",
    description:
      "While `userAction` is `passkey` or `confirm_code`. A browser can sign on https://web.whatsapp.com only: docs/LINKING.md says how.",
    access,
    params: DeviceParams,
    answers: { 200: json("The step that WhatsApp waits for.", PasskeyModel) },
    failures: ["DeviceNotFound", "PasskeyNotAsked"],
    examples: [{ params: { id: protectedId }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(passkeyOf(principal, params.id), (step) => answer(200, passkeyModel(step)))
  }),
  route({
    id: "answerPasskey",
    method: "POST",
    path: "/v1/devices/:id/passkey",
    tag,
    summary: "Give the passkey's signature",
    description:
      "The body is what `PublicKeyCredential.toJSON()` gives. Waits until WhatsApp has taken it. A signature for an older challenge, or one that was made on another page, is refused before WhatsApp sees it.",
    access,
    params: DeviceParams,
    body: PasskeyAssertion,
    answers: { 200: json("The device; the phone goes on.", DeviceModel) },
    failures: [...stepFailures, "AssertionUnfit"],
    examples: [{ params: { id: protectedId }, body: assertionExample, status: 200 }],
    handle: ({ principal, params, body, origin, key }) =>
      Effect.map(answerPasskey(principal, params.id, body, origin, key), (device) => answer(200, deviceModel(device)))
  }),
  route({
    id: "confirmPasskey",
    method: "POST",
    path: "/v1/devices/:id/passkey/confirm",
    tag,
    summary: "Say whether the phone shows the same code",
    description:
      "`matches` is true where it is left out. Confirm as well when the phone shows no code. With `false` the link is called off and begins again with a QR.",
    access,
    params: DeviceParams,
    body: Schema.Struct({ matches: Schema.optionalKey(Schema.Boolean) }),
    answers: { 200: json("The device; the phone signs next.", DeviceModel) },
    failures: stepFailures,
    examples: [{ params: { id: protectedId }, body: { matches: true }, status: 200 }],
    handle: ({ principal, params, body, origin, key }) =>
      Effect.map(confirmPasskey(principal, params.id, body.matches ?? true, origin, key), (device) =>
        answer(200, deviceModel(device))
      )
  })
]
