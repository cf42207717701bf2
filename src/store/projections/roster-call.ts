/** The table `roster_call`: which calls are known, so that one that WhatsApp tells again is recorded once. */
import type { CallEvent } from "../../events/call.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { Statement } from "../dialect/dialect.ts"
import { type Assignments, defineProjection, deleteFrom, insertInto } from "./projection.ts"

export const rosterCallProjection = defineProjection({
  name: "roster_call",
  version: 1,
  tables: ["roster_call"],
  erases: ["call.received", "call.ended"],
  retains: [],
  begin: () => [],
  project: (recorded, data): readonly Statement[] =>
    rowsOf(recorded, data).map((row) => insertInto("roster_call", row)),
  forget: (recorded, data): readonly Statement[] => rowsOf(recorded, data).map((row) => deleteFrom("roster_call", row))
})

const rowsOf = ({ type, device, position }: RecordedEvent, data: unknown): readonly Assignments[] => {
  if (type !== "call.received" && type !== "call.ended") return []
  const { callId: call_id } = data as CallEvent["data"]
  return [{ device, call_id, ended: type === "call.ended" ? 1 : 0, position }]
}
