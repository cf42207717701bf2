/**
 * The beginnings of receivers' answers. They are apart from the deliveries because a receiver may repeat an event's content: an erasure
 * deletes them by the event's position. Most receivers say nothing.
 */
import type { WebhookId } from "../../events/ids.ts"
import type { Statement } from "../dialect/dialect.ts"

/** The answers to the attempts that a delivery keeps, in order. Replaces those that it had. */
export const writeAnswers = (id: WebhookId, position: number, answers: readonly (string | null)[]): Statement => ({
  sql: "REPLACE INTO webhook_answer (position, webhook_id, answers) VALUES (?, ?, ?)",
  parameters: [position, id, JSON.stringify(answers)]
})

export const answersOf = (stored: string | null): readonly (string | null)[] =>
  stored === null ? [] : (JSON.parse(stored) as (string | null)[])

/** For the transaction that erases the event's payload. */
export const forgetAnswers = (position: number): Statement => ({
  sql: "DELETE FROM webhook_answer WHERE position = ?",
  parameters: [position]
})
