/**
 * Every refusal that docs/LINKING.md has rows for, by the way in which a device is linked when it happens. Each is caused twice: for a client
 * of the API, and for the owner of a phone on the page of a hosted link. The sections are those of what WhatsApp asks of a client since 2026.
 */
import type { FaultKind } from "../../../src/sandbox/faults/fault.ts"

export const WAYS = ["QR", "code", "passkey"] as const
export type Way = (typeof WAYS)[number]
export const DOORS = ["API", "hosted link"] as const
export type DoorName = (typeof DOORS)[number]

interface Listed {
  readonly way: Way
  /** The sandbox's fault that makes it. */
  readonly kind?: FaultKind
}

export const catalogue = {
  "nothing is refused": { way: "QR" },
  "the phone refuses the secret (companion_reg_refresh)": { way: "QR", kind: "refuse_secret" },
  "the phone refuses the secret (pair-device-rotate-qr)": { way: "QR", kind: "refuse_secret" },
  "the phone refuses the secret twice": { way: "QR", kind: "refuse_secret" },
  "the phone refuses once, and the notice asks for nothing": { way: "QR", kind: "refuse_secret" },
  "an unasked continuation of a passkey": { way: "QR", kind: "unasked_continuation" },
  "the version is too old for a link": { way: "QR" },
  "the version is too old at all": { way: "QR" },
  "WhatsApp ends the stream before a phone has scanned": { way: "QR", kind: "stream_end" },

  "nothing is refused, by code": { way: "code" },
  "the request for a code is refused with 400": { way: "code", kind: "refuse_code" },
  "the request for a code is refused with 403": { way: "code", kind: "refuse_code" },
  "the request for a code is refused with 429": { way: "code", kind: "refuse_code" },
  "the request for a code is refused with 452": { way: "code", kind: "refuse_code" },
  "the request for a code is refused with 500": { way: "code", kind: "refuse_code" },
  "the request for a code is never answered": { way: "code", kind: "refuse_code" },
  "the phone refuses the secret of the QR beside the code": { way: "code", kind: "refuse_secret" },
  "a new secret is asked for after the phone has answered": { way: "code", kind: "late_refresh" },
  "the phone's answer is empty": { way: "code", kind: "code_notice" },
  "WhatsApp asks for a new code": { way: "code", kind: "code_notice" },
  "WhatsApp asks for a new code, by hand": { way: "code", kind: "code_notice" },
  "another code is typed, then the right one": { way: "code" },
  "an older code is typed": { way: "code" },
  "silence after the phone has answered": { way: "code", kind: "refuse_finish" },
  "what follows the phone's answer is refused": { way: "code", kind: "refuse_finish" },
  "no phone types the code in time": { way: "code" },
  "the version is too old for a link by code": { way: "code" },

  "nothing is refused, after a QR": { way: "passkey", kind: "passkey" },
  "nothing is refused, after a code": { way: "passkey", kind: "passkey" },
  "nothing is refused, after a code whose answer is empty": { way: "passkey", kind: "passkey" },
  "the demand has no challenge": { way: "passkey", kind: "passkey" },
  "the passkey was used on another page": { way: "passkey", kind: "passkey" },
  "an older challenge was signed": { way: "passkey", kind: "passkey" },
  "the owner does not sign in time": { way: "passkey", kind: "passkey" },
  "WhatsApp refuses the assertion": { way: "passkey", kind: "passkey" },
  "no continuation": { way: "passkey", kind: "passkey" },
  "no continuation, three times": { way: "passkey", kind: "passkey" },
  "a continuation with a key of 31 bytes": { way: "passkey", kind: "passkey" },
  "WhatsApp refuses the nonce": { way: "passkey", kind: "passkey" },
  "the phone shows another code": { way: "passkey", kind: "passkey" },
  "the owner does not confirm in time": { way: "passkey", kind: "passkey" },
  "WhatsApp refuses the gateway's keys": { way: "passkey", kind: "passkey" },
  "the connection ends meanwhile": { way: "passkey", kind: "passkey" },
  "a step that WhatsApp does not wait for": { way: "passkey" }
} as const satisfies Readonly<Record<string, Listed>>

export type Refusal = keyof typeof catalogue

export const listed: Readonly<Record<Refusal, Listed>> = catalogue
