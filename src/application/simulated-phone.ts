/**
 * The simulated phone of a device: only in the sandbox. Keeps SEC-1.
 *
 * A phone belongs to the owner of the first device with its number, and from its first use on for good: the network notes for whom that
 * was. So no user gets hold of another's phone and chats by adding its number, not even when the other's device was removed.
 */
import { Effect, Schema } from "effect"
import { SandboxControl, SandboxUnavailable } from "../outbound/sandbox-control.ts"
import { type Device, Devices } from "../store/devices.ts"
import { PasskeyNotAsked } from "../whatsapp/whatsapp.ts"
import { findDevice } from "./device-access.ts"
import { viewPairing } from "./pairing-view.ts"
import type { Principal } from "./principal.ts"

/** Rejection: the device has no telephone number, so it has no phone. */
export class NumberMissing extends Schema.TaggedError<NumberMissing>()("NumberMissing", {}) {
  override get message(): string {
    return "the device has no telephone number, so it has no simulated phone; add a device with a number"
  }
}

/** Rejection: the number is that of another's device or phone, or of a device where a contact is wanted. */
export class NumberTaken extends Schema.TaggedError<NumberTaken>()("NumberTaken", { number: Schema.String }) {
  override get message(): string {
    return `a device of this gateway uses the number ${this.number}, or used it before; take another number`
  }
}

/** Rejection: there is nothing to scan. */
export class NoQrShown extends Schema.TaggedError<NoQrShown>()("NoQrShown", { state: Schema.String }) {
  override get message(): string {
    return `the device is in ${this.state} and shows no QR; start it and wait until it is in QR`
  }
}

export interface SimulatedPhone {
  readonly device: Device
  readonly number: string
  /** How many devices it lists as linked. */
  readonly linkedDevices: number
  readonly airplaneMode: boolean
  readonly refusesNextQr: boolean
  readonly asksForPasskey: boolean
  /** What its owner has to do with the passkey, and the code that it shows; null while there is nothing to do. */
  readonly passkey: { readonly code: string | null } | null
}

/** What is left out stays. */
export interface PhoneChange {
  readonly airplaneMode?: boolean
  readonly refusesNextQr?: boolean
  readonly asksForPasskey?: boolean
}

/** The phone of a device that its owner may use. */
export interface OwnPhone {
  readonly device: Device
  readonly number: string
}

/** What the network notes about a phone. */
const ownerOf = ({ owner }: Device): string => String(owner)
const Used = Schema.Struct({ owner: Schema.optionalKey(Schema.String) })

export const ownPhone = (principal: Principal, reference: string) =>
  Effect.gen(function* () {
    const device = yield* findDevice(principal, reference)
    const { number } = device
    if (number === null) return yield* new NumberMissing()
    const [first] = yield* devicesWith(number)
    if (first !== undefined && first.owner !== device.owner) return yield* new NumberTaken({ number })
    const control = yield* SandboxControl
    const used = yield* ifKnown(readAs(Used, control.get(`/phones/${number}`)))
    if (used?.owner !== undefined && used.owner !== ownerOf(device)) return yield* new NumberTaken({ number })
    const phone: OwnPhone = { device, number }
    return phone
  })

/** The devices of all owners with this number, oldest first. */
export const devicesWith = (number: string) =>
  Effect.map(
    Effect.flatMap(Devices, (devices) => devices.byNumber(number)),
    (devices) => devices.filter(({ state }) => state !== "removed")
  )

/** A phone with which nothing was done yet is like a new one. */
export const phoneOf = (principal: Principal, reference: string) =>
  Effect.flatMap(ownPhone(principal, reference), viewPhone)

/** What is switched on for a link holds for the next one. */
export const changePhone = (principal: Principal, reference: string, change: PhoneChange) =>
  onPhone(principal, reference, ({ number }) =>
    Effect.gen(function* () {
      const control = yield* SandboxControl
      const { airplaneMode, refusesNextQr, asksForPasskey } = change
      if (airplaneMode !== undefined) yield* control.post(at(number, "airplane"), { on: airplaneMode })
      if (refusesNextQr !== undefined) yield* setFault(number, REFUSES_QR, refusesNextQr)
      if (asksForPasskey !== undefined) yield* setFault(number, ASKS_FOR_PASSKEY, asksForPasskey)
    })
  )

/** The phone scans the QR that the device shows now. */
export const scanShownQr = (principal: Principal, reference: string) =>
  onPhone(principal, reference, ({ device, number }) =>
    Effect.gen(function* () {
      const { qr } = yield* viewPairing(device)
      if (qr === null) return yield* new NoQrShown({ state: device.state })
      const control = yield* SandboxControl
      return yield* control.post(at(number, "scan"), { qr: qr.text })
    })
  )

export const typeCode = (principal: Principal, reference: string, code: string) =>
  onPhone(principal, reference, ({ number }) =>
    Effect.flatMap(SandboxControl, (control) => control.post(at(number, "code"), { code }))
  )

/** The phone's owner signs the challenge that the device shows now. Returns what a browser would give. */
export const signShownPasskey = (principal: Principal, reference: string) =>
  Effect.gen(function* () {
    const { device, number } = yield* ownPhone(principal, reference)
    const { passkey } = yield* viewPairing(device)
    if (passkey?.step !== "passkey") return yield* new PasskeyNotAsked({ step: "assertion" })
    const control = yield* SandboxControl
    return yield* readAs(Assertion, control.post(at(number, "passkey"), { options: passkey.options }))
  })

/** The phone's owner removes every linked device. */
export const logOutFromPhone = (principal: Principal, reference: string) =>
  onPhone(principal, reference, ({ number }) =>
    Effect.flatMap(SandboxControl, (control) => control.delete(at(number, "companions")))
  )

/** The network's name for what happens once to a link. */
const REFUSES_QR = "refuse_secret"
const ASKS_FOR_PASSKEY = "passkey"

const Found = Schema.Struct({ airplaneMode: Schema.Boolean, companions: Schema.Array(Schema.Unknown) })
const Kinds = Schema.Array(Schema.String)
const Ceremony = Schema.Struct({ stage: Schema.optionalKey(Schema.String), code: Schema.optionalKey(Schema.String) })
const Assertion = Schema.Record(Schema.String, Schema.Unknown)

const viewPhone = ({ device, number }: OwnPhone) =>
  Effect.gen(function* () {
    const control = yield* SandboxControl
    const found = yield* ifKnown(readAs(Found, control.get(`/phones/${number}`)))
    const unused = { linkedDevices: 0, airplaneMode: false, refusesNextQr: false, asksForPasskey: false, passkey: null }
    if (found === undefined) return { device, number, ...unused } satisfies SimulatedPhone
    const kinds = yield* readAs(Kinds, control.get(at(number, "faults")))
    const { stage, code } = yield* readAs(Ceremony, control.get(at(number, "passkey")))
    const phone: SimulatedPhone = {
      device,
      number,
      linkedDevices: found.companions.length,
      airplaneMode: found.airplaneMode,
      refusesNextQr: kinds.includes(REFUSES_QR),
      asksForPasskey: kinds.includes(ASKS_FOR_PASSKEY),
      passkey: stage === undefined ? null : { code: code === undefined ? null : `${code.slice(0, 4)}-${code.slice(4)}` }
    }
    return phone
  })

/** Does something with the phone of a device, which is added if it is new. Returns the phone afterwards. */
const onPhone = <A, E, R>(principal: Principal, reference: string, act: (phone: OwnPhone) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const phone = yield* ownPhone(principal, reference)
    yield* addPhone(phone)
    yield* act(phone)
    return yield* viewPhone(phone)
  })

export const addPhone = ({ device, number }: OwnPhone) =>
  Effect.flatMap(SandboxControl, (control) => control.post("/phones", { number, owner: ownerOf(device) })).pipe(
    // Another owner's use was faster.
    Effect.mapError((failure) =>
      failure._tag === "PhoneRefused" && failure.networkStatus === 409 ? new NumberTaken({ number }) : failure
    )
  )

const setFault = (number: string, kind: string, isOn: boolean) =>
  Effect.gen(function* () {
    const control = yield* SandboxControl
    yield* control.delete(at(number, `faults/${kind}`))
    if (isOn) yield* control.post("/faults", { kind, number, times: 1 })
  })

const at = (number: string, what: string): string => `/phones/${number}/${what}`

/** The network's answer, checked. */
export const readAs = <A, E, R>(schema: Schema.Decoder<A>, answer: Effect.Effect<unknown, E, R>) =>
  Effect.flatMap(answer, (given) =>
    Effect.mapError(Schema.decodeUnknownEffect(schema)(given), () => new SandboxUnavailable())
  )

/** Undefined for a phone or contact that the network does not know. */
export const ifKnown = <A, E extends { readonly _tag: string }, R>(asked: Effect.Effect<A, E, R>) =>
  Effect.catchIf(
    asked as Effect.Effect<A | undefined, E, R>,
    (failure) => failure._tag === "PhoneRefused" && (failure as { networkStatus?: number }).networkStatus === 404,
    () => Effect.succeed(undefined)
  )
