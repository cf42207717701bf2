/**
 * The table `roster_mark`: what events said of messages that have a star, and of those that are hidden. Rows are only added and deleted;
 * readers fold them (store/roster/marks.ts).
 */
import type { RecordedEvent } from "../../events/envelope.ts"
import type { MarkEvent } from "../../events/mark.ts"
import { chatKey } from "../../events/roster-key.ts"
import type { Statement } from "../dialect/dialect.ts"
import { defineProjection, deleteFrom, insertInto } from "./projection.ts"
import { asOf, flag } from "./roster-fact.ts"

export const rosterMarkProjection = defineProjection({
  name: "roster_mark",
  version: 1,
  tables: ["roster_mark"],
  erases: ["message.starred", "message.hidden"],
  retains: [],
  begin: () => [],
  project: (recorded, given): readonly Statement[] => {
    const event = { type: recorded.type, data: given } as MarkEvent
    if (!isMark(event)) return []
    const { chat, chatAlt, fromMe } = event.data
    const { key, other } = chatKey(chat, chatAlt)
    const marked = event.type === "message.hidden" || event.data.starred
    const said = {
      as_of: asOf(given, recorded.position),
      chat: key,
      other,
      from_me: flag(fromMe),
      marked: flag(marked)
    }
    return [insertInto("roster_mark", { ...keyOf(recorded, event), ...said })]
  },
  forget: (recorded, given): readonly Statement[] => {
    const event = { type: recorded.type, data: given } as MarkEvent
    return isMark(event) ? [deleteFrom("roster_mark", keyOf(recorded, event))] : []
  }
})

const isMark = ({ type }: MarkEvent): boolean => type === "message.starred" || type === "message.hidden"

const keyOf = ({ device, position }: RecordedEvent, { type, data: { target } }: MarkEvent) => ({
  device,
  message_id: target,
  mark: type === "message.hidden" ? "hidden" : "starred",
  position
})
