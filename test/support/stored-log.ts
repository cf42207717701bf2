/** The whole log as the database holds it, for tests that check it. */
import { Effect } from "effect"
import { ChainWalk, type StoredEvent, type Violation } from "../../src/events/hash-chain.ts"
import { databaseOf } from "../../src/store/database.ts"
import type { Dialect } from "../../src/store/dialect/dialect.ts"
import { readAll } from "../../src/store/log/event-log-queries.ts"

const PAGE = 1_000

/** Every event with its salt, which only a verifier reads. */
export const storedEvents = async (dialect: Dialect): Promise<StoredEvent[]> => {
  const { query } = databaseOf(dialect)
  const events: StoredEvent[] = []
  for (let after = 0; ; ) {
    const page = await Effect.runPromise(query((reader) => readAll(reader, { after, limit: PAGE })))
    const last = page.at(-1)
    if (!last) return events
    const saltRows = query((reader) =>
      reader
        .selectFrom("event_payload")
        .select(["position", "salt"])
        .where("position", ">", after)
        .where("position", "<=", last.position)
        .execute()
    )
    const salts = await Effect.runPromise(saltRows)
    const saltOf = new Map(salts.map((row) => [row.position, row.salt]))
    events.push(...page.map((event) => ({ ...event, salt: saltOf.get(event.position) ?? null })))
    after = last.position
  }
}

/** The first violation; undefined for an untouched log. */
export const walk = (events: readonly StoredEvent[]): Violation | undefined => {
  const chain = new ChainWalk()
  for (const event of events) {
    const violation = chain.next(event)
    if (violation) return violation
  }
  return undefined
}

/** Ids of the received messages in the log. */
export const messageIds = (events: readonly StoredEvent[]): string[] =>
  events
    .filter(({ type }) => type === "message.received")
    .map(({ text }) => (JSON.parse(text ?? "") as { messageId: string }).messageId)
