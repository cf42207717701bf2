/**
 * Deliveries that succeeded at their first attempt, which most do. An endpoint's courier writes those of half a second as one row, a
 * pack: a row for each would cost more than its post.
 *
 * The packs of an endpoint are in the order of the log, like its deliveries. A position that has a row in `webhook_delivery` as well, as
 * after a resend or a replay, is what that row says: writing a pack deletes the rows in its range, so the row is the later one.
 */
import type { Kysely } from "kysely"
import type { WebhookId } from "../../events/ids.ts"
import type { Statement } from "../dialect/dialect.ts"
import type { Tables } from "../tables.ts"
import type { Attempt, Delivery } from "./delivery.ts"
import { writeAnswers } from "./answers.ts"

/** A delivery that succeeded at its first attempt. */
export interface Delivered {
  readonly position: number
  readonly attempt: Attempt
}

/** For the transaction of the checkpoint. `delivered`: in the order of the log, after everything that packs of the endpoint contain. */
export const writeDelivered = (id: WebhookId, delivered: readonly Delivered[]): readonly Statement[] => {
  const [first] = delivered
  const last = delivered.at(-1)
  if (first === undefined || last === undefined) return []
  const range = [id, first.position, last.position]
  const answers: Statement[] = []
  for (const { position, attempt } of delivered) {
    if (attempt.answer !== "") answers.push(writeAnswers(id, position, [attempt.answer]))
  }
  return [
    { sql: "DELETE FROM webhook_delivery WHERE webhook_id = ? AND position >= ? AND position <= ?", parameters: range },
    {
      sql: "REPLACE INTO webhook_delivered (webhook_id, first_position, last_position, deliveries) VALUES (?, ?, ?, ?)",
      parameters: [...range, packed(delivered)]
    },
    ...answers
  ]
}

/** Those before the position `before`, newest first, at most `limit`. Their answers are not in a pack. */
export const deliveredBefore = async (
  db: Kysely<Tables>,
  id: WebhookId,
  before: number,
  limit: number
): Promise<readonly Delivered[]> => {
  const found: Delivered[] = []
  let end = before
  for (let first = before; found.length < limit; ) {
    const packs = await packsBefore(db, id, first, PACKS_AT_ONCE).execute()
    for (const { deliveries } of packs) {
      // Packs overlap where a checkpoint was set back by hand.
      const own = unpacked(deliveries).filter(({ position }) => position < end)
      end = own[0]?.position ?? end
      found.push(...own.toReversed())
    }
    if (packs.length < PACKS_AT_ONCE) break
    first = packs.at(-1)?.first_position ?? 0
  }
  return found.slice(0, limit)
}

/** Those at these positions. Of each position, only the pack that may contain it is read. */
export const deliveredAt = async (
  db: Kysely<Tables>,
  id: WebhookId,
  positions: readonly number[]
): Promise<readonly Delivered[]> => {
  const found: Delivered[] = []
  const left = positions.toSorted((one, other) => one - other)
  for (let position = left.pop(); position !== undefined; ) {
    const pack = await packsBefore(db, id, position + 1, 1).executeTakeFirst()
    if (pack === undefined) break
    const wanted = new Set<number>()
    for (; position !== undefined && position >= pack.first_position; position = left.pop()) wanted.add(position)
    found.push(...unpacked(pack.deliveries).filter((each) => wanted.has(each.position)))
  }
  return found
}

export const asDelivery = ({ position, attempt }: Delivered): Delivery => ({
  position,
  status: "delivered",
  attempts: 1,
  history: [attempt],
  step: 0,
  firstAt: attempt.at,
  nextAt: null,
  delayMs: null
})

/** A pack has up to some hundred deliveries, so few packs fill a page. */
const PACKS_AT_ONCE = 10

/** Packs that begin before a position, newest first. Exported for the test of their query plans, like the next one. */
export const packsBefore = (db: Kysely<Tables>, id: string, before: number, limit: number) =>
  db
    .selectFrom("webhook_delivered")
    .selectAll()
    .where("webhook_id", "=", id)
    .where("first_position", "<", before)
    .orderBy("first_position", "desc")
    .limit(limit)

/** Packs that end at a position at the latest, oldest first. */
export const packsUpTo = (db: Kysely<Tables>, id: string, upTo: number, limit: number) =>
  db
    .selectFrom("webhook_delivered")
    .select(["first_position", "last_position"])
    .where("webhook_id", "=", id)
    .where("first_position", "<=", upTo)
    .where("last_position", "<=", upTo)
    .orderBy("first_position")
    .limit(limit)

/** Four numbers for each: position and time as the difference to the one before, then status and duration. */
const packed = (delivered: readonly Delivered[]): string => {
  const numbers: number[] = []
  let [positionBefore, atBefore] = [0, 0]
  for (const { position, attempt } of delivered) {
    const { at, status, durationMs } = attempt
    numbers.push(position - positionBefore, at - atBefore, status, durationMs)
    positionBefore = position
    atBefore = at
  }
  return JSON.stringify(numbers)
}

const unpacked = (deliveries: string): readonly Delivered[] => {
  const numbers = JSON.parse(deliveries) as readonly number[]
  const delivered: Delivered[] = []
  let [position, at] = [0, 0]
  for (let start = 0; start < numbers.length; start += 4) {
    const [toPosition = 0, toAt = 0, status = 0, durationMs = 0] = numbers.slice(start, start + 4)
    position += toPosition
    at += toAt
    delivered.push({ position, attempt: { at, status, durationMs, answer: null } })
  }
  return delivered
}
