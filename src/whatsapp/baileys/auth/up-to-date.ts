/**
 * Whether the log has everything that WhatsApp told earlier connections of groups and of blocked people. Baileys confirms such news before
 * the gateway hears of it, so that a killed gateway may have missed some. The mark stands only between an orderly end and the next
 * connection: where it is missing, that connection asks how things are.
 */
import { Effect } from "effect"
import type { AuthStateShape } from "../../../store/auth-state.ts"
import type { StoreUnavailable } from "../../../store/errors.ts"
import type { DeviceRows } from "./device-rows.ts"
import { encode } from "./row-encoding.ts"

export interface UpToDate {
  /** Whether the last connection ended in order, with everything recorded. */
  readonly wasMarked: boolean
  /** To be called when everything is recorded and nothing more comes. Tries once. */
  readonly mark: () => Promise<void>
}

const ROW = { category: "roster", id: "up-to-date" } as const

/** Takes the mark away. */
export const takeMark = (
  store: AuthStateShape,
  device: number,
  rows: DeviceRows
): Effect.Effect<UpToDate, StoreUnavailable> =>
  Effect.gen(function* () {
    const wasMarked = (yield* store.read(device, ROW.category, [ROW.id])).has(ROW.id)
    if (wasMarked) yield* store.write(device, [{ ...ROW, value: null }])
    return { wasMarked, mark: () => rows.tryToWrite([{ ...ROW, value: encode(true) }]) }
  })
