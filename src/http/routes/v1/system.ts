/** /v1/system: what the gateway does now, for its operator. */
import { Effect, Schema } from "effect"
import { systemState } from "../../../application/system-state.ts"
import { toHex } from "../../../events/envelope.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { iso } from "./models.ts"

const about = <S extends Schema.Top>(schema: S, description: string) => schema.annotate({ description })
const Ms = Schema.Finite

const SystemModel = Schema.Struct({
  version: about(Schema.String, "This release of the gateway."),
  node: Schema.String,
  uptimeSeconds: Schema.Int,
  health: about(
    Schema.Literals(["ok", "degraded", "error"]),
    "`degraded`: the store can be read, but not written to, so nothing is sent."
  ),
  memory: about(
    Schema.Struct({
      rss: Schema.Int,
      heapUsed: Schema.Int,
      heapTotal: Schema.Int,
      machineFree: Schema.Int,
      machineTotal: Schema.Int
    }),
    "In bytes. `rss` is what the process takes."
  ),
  eventLoopDelay: about(
    Schema.Struct({ p99Ms: Ms, maxMs: Ms }),
    "How long the process kept work waiting: of the worst 5 seconds within the last minute."
  ),
  appendsPerSecond: about(Schema.Finite, "Events that were recorded, within the last minute."),
  log: Schema.Struct({ position: Schema.Int, hash: Schema.String, recordedAt: Schema.NullOr(Schema.String) }),
  database: Schema.Struct({
    kind: Schema.Literals(["sqlite", "mysql"]),
    version: about(Schema.String, "As the database names it. MariaDB is of the kind `mysql`."),
    bytes: about(Schema.Int, "Of tables and indexes; a server's own estimate.")
  }),
  disk: about(Schema.Struct({ freeBytes: Schema.Int, bytes: Schema.Int }), "The disk with the data directory."),
  queues: about(
    Schema.Struct({
      writes: Schema.Int,
      messages: Schema.Int,
      bulkSends: Schema.Int,
      webhooks: Schema.Int,
      mailboxes: Schema.Int,
      fullestMailbox: Schema.Int
    }),
    "What waits: writes for the store, messages for WhatsApp's acknowledgement, bulk sends that run, events that webhooks have not gone through (of all webhooks together), and commands and signals for the devices (of all, and of the device with the most)."
  ),
  devices: about(
    Schema.Record(Schema.String, Schema.Int),
    "How many devices are in each state. A state without devices has no entry."
  ),
  webVersion: about(Schema.String, "The version of WhatsApp Web that the gateway names.")
}).annotate({ identifier: "System" })

export const systemRoutes = (version: string): readonly Route[] => [
  route({
    id: "getSystem",
    method: "GET",
    path: "/v1/system",
    tag: "System",
    summary: "Get memory, delays, queues, database and the head of the log",
    description: "Costs the same on a log of any length, so that a page can ask every few seconds.",
    access: { for: "operator", scope: "admin", allDevices: true },
    answers: { 200: json("The system now.", SystemModel) },
    examples: [{ status: 200 }],
    handle: () =>
      Effect.map(systemState, ({ vitals, memory, head, database, mailboxes, ...state }) =>
        answer(200, {
          version,
          node: process.version,
          uptimeSeconds: state.uptimeSeconds,
          health: state.health,
          memory: {
            rss: memory.rss,
            heapUsed: memory.heapUsed,
            heapTotal: memory.heapTotal,
            machineFree: memory.freeOfMachine,
            machineTotal: memory.allOfMachine
          },
          eventLoopDelay: vitals.eventLoopDelay,
          appendsPerSecond: vitals.appendsPerSecond,
          log: { position: head.position, hash: toHex(head.hash), recordedAt: iso(head.recordedAt) },
          database: { kind: database.kind, version: database.version, bytes: database.bytes },
          disk: state.disk,
          queues: {
            writes: state.writesWaiting,
            messages: database.messagesWaiting,
            bulkSends: database.bulkSends,
            webhooks: state.webhooksBehind,
            mailboxes: mailboxes.waiting,
            fullestMailbox: mailboxes.fullest
          },
          devices: state.devices,
          webVersion: state.webVersion
        })
      )
  })
]
