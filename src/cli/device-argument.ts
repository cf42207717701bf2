/** The device that a command is about, by what an operator calls it. */
import { Effect } from "effect"
import { type DeviceRow, Devices } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { UsageProblem } from "./failure.ts"

/** An id, a telephone number, or the number that the database shows; two users may have one number each, and then an id has to be given. */
export const deviceArgument = (reference: string): Effect.Effect<DeviceRow, UsageProblem | StoreUnavailable, Devices> =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const found = reference.startsWith("dev_")
      ? [yield* devices.byDeviceId(reference)]
      : /^\d{1,7}$/.test(reference)
        ? [yield* devices.byNumberId(Number(reference))]
        : yield* devices.byNumber(reference)
    const rows = found.filter((row) => row !== undefined)
    const [row] = rows
    if (row && rows.length === 1) return row
    const problem =
      row === undefined
        ? `there is no device ${reference}`
        : `several devices have that number; give an id:\n${rows.map((each) => `  ${each.device_id}`).join("\n")}`
    return yield* Effect.fail(new UsageProblem(problem))
  })
