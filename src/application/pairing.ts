/** Pairing codes: the user types one into the phone instead of scanning a QR. */
import { Context, Effect, Layer, Schema } from "effect"
import type { PairingSecret } from "../actors/device/connection/pairing-secrets.ts"
import { DeviceDirectory } from "../actors/directory.ts"
import type { Origin } from "../events/envelope.ts"
import type { Device } from "../store/devices.ts"
import { elapsedMs } from "../store/elapsed.ts"
import { isSameNumber } from "../whatsapp/number.ts"
import { AttemptLimiter } from "./attempt-limiter.ts"
import { findDevice } from "./device-access.ts"
import { once, type RequestKey } from "./idempotency.ts"
import { Limits } from "./limits.ts"
import { nameOf, type Principal } from "./principal.ts"

/** Rejection: too many codes within an hour. Each code rings a phone, and WhatsApp sees who requests it. */
export class TooManyCodes extends Schema.TaggedError<TooManyCodes>()("TooManyCodes", {
  retryAfterSeconds: Schema.Int
}) {
  override get message(): string {
    return `too many pairing codes within an hour; request another one in ${this.retryAfterSeconds} s, or scan the QR`
  }
}

/** Rejection: the device was added with another telephone number. */
export class OtherNumber extends Schema.TaggedError<OtherNumber>()("OtherNumber", { expected: Schema.String }) {
  override get message(): string {
    return `must be the number that the device was added with, ${this.expected}`
  }
}

/** Rejection: the pairing code that the first request with this key returned has expired. */
export class CodeExpired extends Schema.TaggedError<CodeExpired>()("CodeExpired", {}) {
  override get message(): string {
    return "the pairing code of this Idempotency-Key has expired; request another one with a new key"
  }
}

const HOUR_MS = 3_600_000

export interface PairingCodesShape {
  /** Counts a code for the device, and a code that this user requests for the number on any device. */
  readonly count: (device: Device, principal: Principal, number: string) => Effect.Effect<void, TooManyCodes>
}

export class PairingCodes extends Context.Service<PairingCodes, PairingCodesShape>()(
  "bitacora/application/PairingCodes"
) {
  static readonly layer = Layer.effect(
    PairingCodes,
    Effect.map(Limits, ({ pairingCodesPerHourMax }) => {
      const asked = new AttemptLimiter(pairingCodesPerHourMax, HOUR_MS)
      return PairingCodes.of({
        count: (device, principal, number) =>
          Effect.flatMap(elapsedMs, (now): Effect.Effect<void, TooManyCodes> => {
            const keys = [device.id, `${nameOf(principal)} ${number}`]
            const waitMs = Math.max(...keys.map((key) => asked.blockedMs(key, now)))
            if (waitMs > 0) return new TooManyCodes({ retryAfterSeconds: Math.ceil(waitMs / 1_000) })
            for (const key of keys) asked.count(key, now)
            return Effect.void
          })
      })
    })
  )
}

/** Connects the device if it is at rest, and waits until WhatsApp has issued a code for the phone with this number. */
export const pairByCode = (principal: Principal, reference: string, number: string, origin: Origin, key?: RequestKey) =>
  once(key, {
    first: (claiming) =>
      Effect.gen(function* () {
        const device = yield* findDevice(principal, reference)
        if (device.number !== null && !isSameNumber(device.number, number)) {
          return yield* new OtherNumber({ expected: device.number })
        }
        const codes = yield* PairingCodes
        yield* codes.count(device, principal, number)
        const directory = yield* DeviceDirectory
        const command = { type: "PairByCode" as const, by: principal.kind, number }
        return yield* directory.ask(device.id, { command, origin, key: claiming })
      }),
    again: ({ subject }): Effect.Effect<PairingSecret, CodeExpired, DeviceDirectory> =>
      Effect.gen(function* () {
        const directory = yield* DeviceDirectory
        const live = yield* directory.view(subject as Device["id"])
        return live?.code ?? (yield* new CodeExpired())
      })
  })
