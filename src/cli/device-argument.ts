/** The device argument of a command. */
import { Effect } from "effect"
import { type Device, Devices } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { UsageProblem } from "./failure.ts"

/** Finds a device by its id, its telephone number, or its device number. If two users have added one telephone number, pass the id. */
export const deviceArgument = (reference: string): Effect.Effect<Device, UsageProblem | StoreUnavailable, Devices> =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const found = reference.startsWith("dev_")
      ? [yield* devices.byId(reference)]
      : /^\d{1,7}$/.test(reference)
        ? [yield* devices.byDeviceNumber(Number(reference))]
        : yield* devices.byNumber(reference)
    const known = found.filter((device) => device !== undefined)
    const [device] = known
    if (device && known.length === 1) return device
    const problem =
      device === undefined
        ? `there is no device ${reference}`
        : `several devices have that number; pass an id:\n${known.map((each) => `  ${each.id}`).join("\n")}`
    return yield* Effect.fail(new UsageProblem(problem))
  })
