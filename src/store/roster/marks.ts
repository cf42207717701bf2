/** Reading which messages have a star, and which are hidden: deleted for the account alone. */
import type { Effect } from "effect"
import type { Kysely, Selectable } from "kysely"
import { chatKey } from "../../events/roster-key.ts"
import type { DatabaseShape } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import type { RosterMarkTable, Tables } from "../tables.ts"
import { inOrder, orNone } from "./fold.ts"

export type Mark = "starred" | "hidden"

/** A message as marks name it. `chat`: any of the names that its chat has. */
export interface Marked {
  readonly chat: string
  readonly messageId: string
  readonly fromMe: boolean
}

/** Whether a message has a mark. */
export type HasMark = (mark: Mark, message: Marked) => boolean

export interface MarksShape {
  /** The marks of messages with these ids. */
  readonly of: (device: number, ids: readonly string[]) => Effect.Effect<HasMark, StoreUnavailable>
}

export const makeMarks = ({ query }: DatabaseShape): MarksShape => ({
  of: (device, ids) => query((db) => readMarks(db, device, ids))
})

export const readMarks = async (db: Kysely<Tables>, device: number, ids: readonly string[]): Promise<HasMark> => {
  const rows: readonly Selectable<RosterMarkTable>[] = await ownerMarksQuery(db, device, ids).execute()
  const byId = Map.groupBy(rows.toSorted(inOrder), ({ message_id }) => message_id)
  return (mark, { chat, messageId, fromMe }) => {
    const { key } = chatKey(chat, null)
    const isInChat = (row: { readonly chat: string; readonly other: string | null }) =>
      row.chat === key || row.other === key
    const last = byId
      .get(messageId)
      ?.findLast((row) => row.mark === mark && row.from_me === (fromMe ? 1 : 0) && isInChat(row))
    return last?.marked === 1
  }
}

/** Exported for the test of its plan. */
export const ownerMarksQuery = (db: Kysely<Tables>, device: number, ids: readonly string[]) =>
  db.selectFrom("roster_mark").selectAll().where("device", "=", device).where("message_id", "in", orNone(ids))
