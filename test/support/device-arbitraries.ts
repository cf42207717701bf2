/**
 * Generators for fast-check: any command to a device, any socket event, and any recorded event.
 * Exported for other tests of the machine: docs/PROPERTY-TESTING.md.
 */
import fc from "fast-check"
import type { DeviceInput } from "../../src/actors/device/inputs.ts"
import type { DeviceEvent } from "../../src/events/device.ts"
import { DeviceId } from "../../src/events/ids.ts"
import type { LifecycleSignal } from "../../src/whatsapp/whatsapp.ts"

export const NUMBER = "51948907640"
export const DEVICE_ID = DeviceId.make("dev_00000000000000000000000001")

export const registered = (number: string | null = NUMBER): DeviceEvent => ({
  type: "device.registered",
  data: {
    deviceId: DEVICE_ID,
    deviceNumber: 1,
    owner: { kind: "operator" },
    number,
    sessionId: number === null ? "sales" : null,
    name: null
  }
})

const by = fc.constantFrom("user" as const, "operator" as const)
const requester = fc.constantFrom("user" as const, "operator" as const, "gateway" as const)

/** Codes that Baileys gives, and some that it never gave. */
export const disconnectCode = fc.oneof(
  fc.constantFrom(401, 402, 403, 405, 406, 408, 409, 411, 412, 413, 414, 415, 428, 440, 500, 503, 515),
  fc.integer({ min: 0, max: 999 })
)

const identity = fc.record({
  number: fc.constantFrom(NUMBER, "15550000001", "5215512345678"),
  jid: fc.constant("51948907640:33@s.whatsapp.net"),
  lid: fc.constantFrom(null, "1234:33@lid"),
  platform: fc.constantFrom(null, "android")
})

/** Around the lives of DeviceHistory. */
const lockEnd = fc.integer({ min: 1_789_999_000_000, max: 1_790_020_000_000 })

export const lifecycleSignal: fc.Arbitrary<LifecycleSignal> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("qr" as const), text: fc.string(), expiresAt: fc.nat() }) },
  fc.record({ type: fc.constant("code" as const), text: fc.string(), expiresAt: fc.nat() }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant("paired" as const), identity }) },
  { weight: 2, arbitrary: fc.constant({ type: "login_started" as const }) },
  { weight: 6, arbitrary: fc.constant({ type: "opened" as const }) },
  fc.record({ type: fc.constant("progressed" as const), percent: fc.integer({ min: 0, max: 100 }) }),
  fc.record({
    type: fc.constant("qr_redrawn" as const),
    text: fc.string(),
    expiresAt: fc.nat(),
    reason: fc.constantFrom("refused" as const, "code_ended" as const)
  }),
  fc.record({
    type: fc.constant("code_ended" as const),
    reason: fc.constantFrom("refresh_asked" as const, "unanswered" as const)
  }),
  fc.record({ type: fc.constant("passkey_requested" as const), options: fc.string(), expiresAt: fc.nat() }),
  fc.record({ type: fc.constant("confirm_code" as const), text: fc.string(), expiresAt: fc.nat() }),
  fc.record({
    type: fc.constant("passkey_failed" as const),
    reason: fc.constantFrom("expired" as const, "no_continuation" as const, "refused" as const)
  }),
  fc.record({
    type: fc.constant("reachout" as const),
    lock: fc.option(fc.record({ kind: fc.constantFrom("BIZ_QUALITY", "DEFAULT"), until: lockEnd }))
  }),
  fc.record({
    type: fc.constant("new_chats" as const),
    cap: fc.record({
      status: fc.constantFrom("NONE", "CAPPED"),
      used: fc.option(fc.nat()),
      total: fc.option(fc.nat()),
      cycleStartsAt: fc.constant(null),
      cycleEndsAt: fc.option(fc.nat())
    })
  }),
  { weight: 6, arbitrary: fc.record({ type: fc.constant("closed" as const), code: disconnectCode }) }
)

export const deviceInput: fc.Arbitrary<DeviceInput> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("Connect" as const), by: requester }) },
  fc.record({ type: fc.constant("Close" as const), by: requester }),
  fc.record({ type: fc.constant("Restart" as const), by: requester }),
  fc.record({ type: fc.constant("LogOut" as const), by }),
  fc.record({ type: fc.constant("Reset" as const), by }),
  fc.constant({ type: "AnswerPasskey" as const }),
  fc.record({ type: fc.constant("ConfirmPasskey" as const), matches: fc.boolean() }),
  { weight: 4, arbitrary: fc.constant({ type: "RetryDue" as const }) },
  fc.constant({ type: "Resume" as const }),
  fc.constant({ type: "ExpiryDue" as const }),
  fc.record({ type: fc.constant("Interrupt" as const), cause: fc.constantFrom("shutdown" as const, "crash" as const) }),
  fc.record({ type: fc.constant("ReconcilePairing" as const), identity }),
  { weight: 16, arbitrary: lifecycleSignal.map((signal) => ({ type: "Signal" as const, signal })) }
)

/** Rare, because no event follows it. */
export const removal: fc.Arbitrary<DeviceInput> = fc.record({
  type: fc.constant("Remove" as const),
  by: requester
})

/** An input, the delay since the one before, and the random draw for its decision. */
export interface Happening {
  readonly input: DeviceInput
  readonly afterMs: number
  readonly random: number
  readonly unlinked: boolean
}

export const happenings = (maxLength: number): fc.Arbitrary<Happening[]> =>
  fc.array(
    fc.record({
      input: fc.oneof({ weight: 60, arbitrary: deviceInput }, { weight: 1, arbitrary: removal }),
      afterMs: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 4_000_000 })),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      unlinked: fc.boolean()
    }),
    { maxLength }
  )
