import fc from "fast-check"
import { expect, it } from "vitest"
import { decide } from "../../../src/actors/device/decide.ts"
import { defaultPauses } from "../../../src/actors/device/disconnect-policy.ts"
import { birth, canHappen, evolve } from "../../../src/actors/device/evolve.ts"
import { DEVICE_ID, happenings, registered } from "../../support/device-arbitraries.ts"

it("decide returns only events that the machine accepts, and no retry later than the cap", () => {
  fc.assert(
    fc.property(happenings(60), (life) => {
      let now = 1_790_000_000_000
      let { snapshot } = evolve(birth(), { ...registered(), at: now })
      for (const { input, afterMs, random, unlinked } of life) {
        now += afterMs
        const decision = decide(snapshot, input, { deviceId: DEVICE_ID, now, random, unlinked, pauses: defaultPauses })
        if (decision.kind === "reject") continue
        for (const event of decision.events) {
          expect(canHappen(snapshot, { ...event, at: now })).toBe(true)
          snapshot = evolve(snapshot, { ...event, at: now }).snapshot
        }
        expect((snapshot.context.retryAt ?? now) - now).toBeLessThanOrEqual(defaultPauses.capMs)
      }
    })
  )
})
