/** What there is to link a device with now: the QR, the code, the passkey's challenge. All of it is secret. */
import { Effect, Schema } from "effect"
import type { PairingSecret } from "../actors/device/connection/pairing-secrets.ts"
import { DeviceDirectory } from "../actors/directory.ts"
import type { Device } from "../store/devices.ts"
import { PasskeyNotAsked } from "../whatsapp/whatsapp.ts"
import { findDevice } from "./device-access.ts"
import { type DeviceView, viewDevice } from "./device-view.ts"
import type { Principal } from "./principal.ts"

/** What the owner of the phone has to do with the passkey. */
export type PasskeyStep =
  | {
      readonly step: "passkey"
      /** The challenge: WebAuthn's PublicKeyCredentialRequestOptions as JSON. */
      readonly options: Readonly<Record<string, unknown>>
      /** Epoch milliseconds. */
      readonly expiresAt: number
    }
  | {
      readonly step: "confirm_code"
      /** To compare with the one on the phone, `XXXX-XXXX`. */
      readonly code: string
      readonly expiresAt: number
    }

export interface PairingView {
  readonly device: DeviceView
  readonly qr: PairingSecret | null
  readonly code: PairingSecret | null
  readonly passkey: PasskeyStep | null
}

export const viewPairing = (device: Device): Effect.Effect<PairingView, never, DeviceDirectory> =>
  Effect.gen(function* () {
    const directory = yield* DeviceDirectory
    const live = yield* directory.view(device.id)
    const view = yield* viewDevice(device)
    const { qr = null, code = null, passkey = null, confirmCode = null } = live ?? {}
    return { device: view, qr, code, passkey: stepOf(passkey, confirmCode) }
  })

export const pairingOf = (principal: Principal, reference: string) =>
  Effect.flatMap(findDevice(principal, reference), viewPairing)

/** Fails where WhatsApp waits for no step of a passkey. */
export const passkeyOf = (principal: Principal, reference: string) =>
  Effect.gen(function* () {
    const { passkey } = yield* pairingOf(principal, reference)
    return passkey ?? (yield* new PasskeyNotAsked({ step: "assertion" }))
  })

const readOptions = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

const stepOf = (passkey: PairingSecret | null, confirmCode: PairingSecret | null): PasskeyStep | null => {
  if (confirmCode !== null) return { step: "confirm_code", code: confirmCode.text, expiresAt: confirmCode.expiresAt }
  if (passkey === null) return null
  return { step: "passkey", options: readOptions(passkey.text), expiresAt: passkey.expiresAt }
}
