/** The health and the state of the system. */
import { totalmem } from "node:os"
import { Effect, Schema } from "effect"
import { countSessions } from "../../../application/sessions.ts"
import { countConnected, health } from "../../../application/system.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { SERVER_NAME, SessionCounts } from "../multi-session/info.ts"

const tag = "System"
const MEGABYTE = 1_048_576

const now = () => new Date().toISOString()
const uptime = () => Math.floor(process.uptime())

const Status = Schema.Literals(["ok", "degraded", "error"])
const HealthAnswer = Schema.Struct({ status: Status, timestamp: Schema.String })
const ProcessMemory = Schema.Struct({ rss: Schema.Int, heapTotal: Schema.Int, heapUsed: Schema.Int })
const Extended = Schema.Struct({
  ok: Schema.Boolean,
  db: Schema.Boolean,
  uptime: Schema.Int,
  memory: ProcessMemory,
  timestamp: Schema.String,
  success: Schema.Boolean,
  status: Status,
  version: Schema.String,
  name: Schema.String,
  sessions: SessionCounts
})

export const systemRoutes = (version: string): readonly Route[] => [
  route({
    id: "health",
    method: "GET",
    path: "/health",
    tag,
    summary: "Check that the gateway and its store respond",
    access: { for: "anyone" },
    isUnlimited: true,
    description: "`degraded`: the store can be read, but not written to, so nothing is sent.",
    answers: {
      200: json("The gateway responds; `status` says whether it can work.", HealthAnswer),
      503: json("The store does not respond.", HealthAnswer)
    },
    examples: [{ status: 200 }],
    handle: () => Effect.map(health, (status) => answer(status === "error" ? 503 : 200, { status, timestamp: now() }))
  }),
  route({
    id: "ready",
    method: "GET",
    path: "/health/ready",
    tag,
    summary: "Check that the gateway can send and record",
    description: "For load balancers: 503 while the store cannot be read or written to.",
    access: { for: "anyone" },
    isUnlimited: true,
    answers: { 200: json("It can.", HealthAnswer), 503: json("It cannot.", HealthAnswer) },
    examples: [{ status: 200 }],
    handle: () => Effect.map(health, (status) => answer(status === "ok" ? 200 : 503, { status, timestamp: now() }))
  }),
  route({
    id: "systemStatus",
    method: "GET",
    path: "/system-status",
    tag,
    summary: "Get uptime, memory in MB and the number of connected devices",
    access: { for: "anyone" },
    answers: {
      200: json(
        "The state.",
        Schema.Struct({
          status: Schema.String,
          uptime: Schema.Int,
          memory: Schema.Struct({ used: Schema.Int, total: Schema.Int }),
          connections: Schema.Int,
          timestamp: Schema.String
        })
      )
    },
    examples: [{ status: 200 }],
    handle: () =>
      Effect.map(countConnected, (connections) => {
        const memory = {
          used: Math.round(process.memoryUsage.rss() / MEGABYTE),
          total: Math.round(totalmem() / MEGABYTE)
        }
        return answer(200, { status: "ok", uptime: uptime(), memory, connections, timestamp: now() })
      })
  }),
  route({
    id: "apiHealth",
    method: "GET",
    path: "/api/health",
    tag,
    summary: "Check the health, with memory, version and the number of sessions in each state",
    access: { for: "anyone" },
    answers: { 200: json("The store responds.", Extended), 503: json("The store does not respond.", Extended) },
    examples: [{ status: 200 }],
    handle: () =>
      Effect.gen(function* () {
        const status = yield* health
        const sessions = yield* countSessions
        const db = status !== "error"
        const { rss, heapTotal, heapUsed } = process.memoryUsage()
        return answer(db ? 200 : 503, {
          ok: db,
          db,
          uptime: uptime(),
          memory: { rss, heapTotal, heapUsed },
          timestamp: now(),
          success: db,
          status,
          version,
          name: SERVER_NAME,
          sessions
        })
      })
  }),
  route({
    id: "apiSystemStatus",
    method: "GET",
    path: "/api/system-status",
    tag,
    summary: "Get uptime, memory in bytes and the number of connected devices",
    access: { for: "anyone" },
    answers: {
      200: json(
        "The state.",
        Schema.Struct({
          uptime: Schema.Int,
          memory: ProcessMemory,
          clients: Schema.Int,
          nodeVersion: Schema.String,
          platform: Schema.String,
          timestamp: Schema.String
        })
      )
    },
    examples: [{ status: 200 }],
    handle: () =>
      Effect.map(countConnected, (clients) => {
        const { rss, heapTotal, heapUsed } = process.memoryUsage()
        return answer(200, {
          uptime: uptime(),
          memory: { rss, heapTotal, heapUsed },
          clients,
          nodeVersion: process.version,
          platform: process.platform,
          timestamp: now()
        })
      })
  })
]
