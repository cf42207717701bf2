/** Reading labels, and which chats have them. */
import { Effect } from "effect"
import type { Kysely } from "kysely"
import type { DatabaseShape } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import type { Tables } from "../tables.ts"
import { inOrder, orNone } from "./fold.ts"

export interface Label {
  readonly id: string
  readonly name: string | null
  readonly color: number | null
  readonly isDeleted: boolean
}

type Found<A> = Effect.Effect<A, StoreUnavailable>

export interface LabelsShape {
  /** All of them, deleted ones too; a phone has 20 at most. */
  readonly all: (device: number) => Found<readonly Label[]>
  /** Ids of the labels of each of these chats. */
  readonly ofChats: (device: number, chats: readonly string[]) => Found<ReadonlyMap<string, readonly string[]>>
  /** What was said last of labels of these chats, and of messages in them, by `assignmentKey`. */
  readonly assignments: (device: number, chats: readonly string[]) => Found<ReadonlyMap<string, boolean>>
}

export interface Assignment {
  readonly chat: string
  readonly messageId: string | null
  readonly label: string
}

export const assignmentKey = ({ chat, messageId, label }: Assignment): string => `${chat}|${messageId ?? ""}|${label}`

export const makeLabels = ({ query }: DatabaseShape): LabelsShape => ({
  all: (device) =>
    Effect.map(
      query((db) => labelsQuery(db, device).execute()),
      (rows) => {
        const last = new Map(rows.map((row) => [row.label, row]))
        return [...last.values()].map(({ label, name, color, deleted }) => ({
          id: label,
          name,
          color,
          isDeleted: deleted === 1
        }))
      }
    ),
  ofChats: (device, chats) =>
    Effect.map(
      query((db) => assignedQuery(db, device, chats).where("message_id", "=", "").execute()),
      (rows) => {
        const byChat = Map.groupBy(rows.toSorted(inOrder), ({ chat }) => chat)
        return new Map(
          [...byChat].map(([chat, facts]) => {
            const last = new Map(facts.map(({ label, assigned }) => [label, assigned === 1]))
            return [chat, [...last].flatMap(([label, isAssigned]) => (isAssigned ? [label] : []))]
          })
        )
      }
    ),
  assignments: (device, chats) =>
    Effect.map(
      query((db) => assignedQuery(db, device, chats).execute()),
      (rows) =>
        new Map(
          rows
            .toSorted(inOrder)
            .map(({ chat, message_id, label, assigned }) => [
              assignmentKey({ chat, messageId: message_id, label }),
              assigned === 1
            ])
        )
    )
})

/** Exported, like the other, for the test of its plan. */
export const labelsQuery = (db: Kysely<Tables>, device: number) =>
  db.selectFrom("roster_label").selectAll().where("device", "=", device).orderBy("label").orderBy("position")

export const assignedQuery = (db: Kysely<Tables>, device: number, chats: readonly string[]) =>
  db.selectFrom("roster_labelled").selectAll().where("device", "=", device).where("chat", "in", orNone(chats))
