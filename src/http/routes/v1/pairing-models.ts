/** How what links a device looks in /v1, and on the page of a hosted link. All of it is secret. */
import { Effect, Schema } from "effect"
import QRCode from "qrcode"
import type { PairingSecret } from "../../../actors/device/connection/pairing-secrets.ts"
import type { PasskeyStep, PairingView } from "../../../application/pairing-view.ts"
import { PASSKEY_ORIGIN } from "../../../whatsapp/passkey.ts"
import { DeviceModel, deviceModel, iso } from "./models.ts"

const Time = Schema.NullOr(Schema.String).annotate({ description: "ISO 8601." })

export const PasskeyModel = Schema.Struct({
  step: Schema.Literals(["passkey", "confirm_code"]).annotate({
    description:
      "`passkey`: the account's owner signs `options`. `confirm_code`: the owner compares `code` with the phone, if the phone shows one."
  }),
  origin: Schema.String.annotate({ description: "The page on which a browser can use the passkey." }),
  options: Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown)).annotate({
    description:
      "The challenge, for `PublicKeyCredential.parseRequestOptionsFromJSON` and `navigator.credentials.get({ publicKey })`."
  }),
  code: Schema.NullOr(Schema.String).annotate({ description: "`XXXX-XXXX`." }),
  expiresAt: Time
}).annotate({ identifier: "Passkey" })

export const passkeyModel = (step: PasskeyStep): typeof PasskeyModel.Encoded => ({
  step: step.step,
  origin: PASSKEY_ORIGIN,
  options: step.step === "passkey" ? step.options : null,
  code: step.step === "confirm_code" ? step.code : null,
  expiresAt: iso(step.expiresAt)
})

const QrModel = Schema.Struct({
  text: Schema.String,
  image: Schema.String.annotate({ description: "A PNG as a data URL." }),
  expiresAt: Time
})
export const CodeModel = Schema.Struct({ code: Schema.String, expiresAt: Time })

export const PairingModel = Schema.Struct({
  device: DeviceModel,
  qr: Schema.NullOr(QrModel),
  code: Schema.NullOr(CodeModel),
  passkey: Schema.NullOr(PasskeyModel)
}).annotate({ identifier: "Pairing" })

export const pairingModel = ({ device, qr, code, passkey }: PairingView): Effect.Effect<typeof PairingModel.Encoded> =>
  Effect.gen(function* () {
    return {
      device: deviceModel(device),
      qr: qr && { text: qr.text, image: yield* imageOf(qr), expiresAt: iso(qr.expiresAt) },
      code: code && codeModel(code),
      passkey: passkey && passkeyModel(passkey)
    }
  })

export const codeModel = ({ text, expiresAt }: PairingSecret): typeof CodeModel.Encoded => ({
  code: text,
  expiresAt: iso(expiresAt)
})

/** The QR as a PNG, as a data URL. */
export const imageOf = ({ text }: PairingSecret): Effect.Effect<string> => Effect.promise(() => QRCode.toDataURL(text))
