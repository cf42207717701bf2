/**
 * The tables `roster_label` and `roster_labelled`: what events said of labels, and to which chats and messages they gave them. Rows are
 * only added and deleted; readers fold them (store/roster/labels.ts).
 */
import type { RecordedEvent } from "../../events/envelope.ts"
import type { LabelEvent } from "../../events/label.ts"
import { chatKey } from "../../events/roster-key.ts"
import type { Statement } from "../dialect/dialect.ts"
import { defineProjection, deleteFrom, insertInto } from "./projection.ts"
import { asOf, flag } from "./roster-fact.ts"

type Assigned = Extract<LabelEvent, { type: "label.assigned" }>["data"]

export const rosterLabelProjection = defineProjection({
  name: "roster_label",
  version: 1,
  tables: ["roster_label", "roster_labelled"],
  erases: ["label.assigned"],
  retains: [],
  begin: () => [],
  project: (recorded, given): readonly Statement[] => {
    const { device, position } = recorded
    const { type, data } = { type: recorded.type, data: given } as LabelEvent
    switch (type) {
      case "label.edited": {
        const { label, name, color, deleted } = data
        return [insertInto("roster_label", { device, label, position, name, color, deleted: flag(deleted) })]
      }
      case "label.assigned": {
        const said = { as_of: asOf(data, position), assigned: flag(data.assigned) }
        return [insertInto("roster_labelled", { ...keyOf(recorded, data), ...said })]
      }
      default:
        return []
    }
  },
  forget: (recorded, data): readonly Statement[] =>
    recorded.type === "label.assigned" ? [deleteFrom("roster_labelled", keyOf(recorded, data as Assigned))] : []
})

const keyOf = ({ device, position }: RecordedEvent, { chat, chatAlt, messageId, label }: Assigned) => ({
  device,
  chat: chatKey(chat, chatAlt).key,
  message_id: messageId ?? "",
  label,
  position
})
