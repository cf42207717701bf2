/** The account that a device is linked to: what WhatsApp calls it, and what its phone is. */
import { Effect } from "effect"
import { readEvent } from "../events/catalog.ts"
import type { Device } from "../store/devices.ts"
import { LogReader } from "../store/log/log-reader.ts"
import { Roster } from "../store/roster/roster.ts"

export interface OwnAccount {
  readonly lid: string | null
  readonly number: string | null
  /** As others see it; null where it is not known yet. */
  readonly pushName: string | null
  /** The operating system of its phone, as WhatsApp said at the last link. */
  readonly platform: string | null
}

/** A device is seldom linked anew. */
const LINKS_MAX = 1_000

export const accountOf = ({ deviceNumber, number, lid }: Device) =>
  Effect.gen(function* () {
    const reader = yield* LogReader
    const links = yield* reader.readAll({
      after: 0,
      limit: LINKS_MAX,
      devices: [deviceNumber],
      types: ["device.paired"]
    })
    const last = links.at(-1)
    const event = last && readEvent(last)
    const roster = yield* Roster
    const self = yield* roster.contacts.find(deviceNumber, { lid, number })
    const platform = event?.type === "device.paired" ? event.data.platform : null
    return { lid, number, pushName: self?.pushName ?? null, platform } satisfies OwnAccount
  })
