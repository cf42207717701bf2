/** Which missing payloads were erased properly: those that a recorded erasure names. Keeps LOG-8. */
import { Effect } from "effect"
import { readEvent } from "../../events/catalog.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import { ContentErased, type ErasureEvent, PayloadsExpired } from "../../events/erasure.ts"
import { Database } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { readAll } from "../log/event-log-queries.ts"

export interface Erasures {
  readonly explain: (event: { readonly position: number; readonly type: string }) => boolean
}

const PAGE = 500

/** All recorded erasures; or those of one device, with those that concern every device. */
export const readErasures = (device?: number): Effect.Effect<Erasures, StoreUnavailable, Database> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const positions = new Set<number>()
    const expired = new Map<string, number>()
    const requests = [
      { types: [ContentErased.type], ...(device === undefined ? {} : { devices: [device] }) },
      { types: [PayloadsExpired.type] }
    ]
    for (const request of requests) {
      for (let after = 0; ; ) {
        const page = yield* query((db) => readAll(db, { ...request, after, limit: PAGE }))
        for (const recorded of page) {
          const event = readable(recorded)
          if (event?.type === "content.erased") for (const position of event.data.positions) positions.add(position)
          if (event?.type === "payloads.expired") {
            expired.set(event.data.type, Math.max(event.data.upTo, expired.get(event.data.type) ?? 0))
          }
        }
        after = page.at(-1)?.position ?? after
        if (page.length < PAGE) break
      }
    }
    return { explain: ({ position, type }) => positions.has(position) || position <= (expired.get(type) ?? 0) }
  })

/** Undefined for an event that cannot be read: it explains nothing, and the walk along the chain finds what happened to it. */
const readable = (recorded: RecordedEvent): ErasureEvent | undefined => {
  try {
    return (readEvent(recorded) as ErasureEvent | null) ?? undefined
  } catch {
    return undefined
  }
}
