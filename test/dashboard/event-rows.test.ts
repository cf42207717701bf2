/** How the events of a device become rows: one send is one row. */
import { expect, it } from "vitest"
import type { Event } from "../../dashboard/src/api/models.ts"
import { rowsOf, stepsOf } from "../../dashboard/src/state/event-rows.ts"

const START = Date.parse("2026-11-27T10:40:02Z")

const event = (position: number, type: string, messageId?: string, afterMs = position): Event => ({
  position,
  stream: messageId === undefined ? "device/dev_1" : "messages/dev_1",
  version: position,
  device: 1,
  type,
  from: null,
  to: null,
  who: "gateway",
  commandId: null,
  correlation: null,
  recordedAt: new Date(START + afterMs).toISOString(),
  hash: "",
  data: messageId === undefined ? {} : { messageId }
})

const typesIn = (events: readonly Event[]) => rowsOf(events).map((row) => row.events.map(({ type }) => type))

it("gathers what happens to a message where its newest event is, and leaves all else alone", () => {
  const events = [
    event(7, "message.read", "A"),
    event(6, "connection.lost"),
    event(5, "message.sent", "B"),
    event(4, "message.delivered", "A"),
    event(3, "message.queued", "B"),
    event(2, "message.sent", "A"),
    event(1, "message.queued", "A")
  ]
  expect(typesIn(events)).toEqual([
    ["message.read", "message.delivered", "message.sent", "message.queued"],
    ["connection.lost"],
    ["message.sent", "message.queued"]
  ])
})

it("does not gather what people do to a message later", () => {
  expect(typesIn([event(2, "message.edited", "A"), event(1, "message.queued", "A")])).toHaveLength(2)
})

it("tells the steps in their order, with the time between them; several receipts of a group are one", () => {
  const [row] = rowsOf([
    event(5, "message.read", "A", 3_500),
    event(4, "message.delivered", "A", 80),
    event(3, "message.delivered", "A", 50),
    event(2, "message.sent", "A", 21),
    event(1, "message.queued", "A", 0)
  ])
  expect(row && stepsOf(row).map(({ type, afterMs }) => [type, afterMs])).toEqual([
    ["message.queued", undefined],
    ["message.sent", 21],
    ["message.delivered", 29],
    ["message.read", 3_450]
  ])
})
