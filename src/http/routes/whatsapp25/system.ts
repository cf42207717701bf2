/** Health and state of the system. */
import { totalmem } from "node:os"
import { Effect } from "effect"
import type { FastifyInstance } from "fastify"
import { Database } from "../../../store/database.ts"
import { Devices } from "../../../store/devices.ts"
import type { HttpContext } from "../../runtime.ts"

const MEGABYTE = 1_048_576

export const systemRoutes = (app: FastifyInstance, context: HttpContext): void => {
  const { run } = context
  const now = () => new Date().toISOString()
  const uptime = () => Math.floor(process.uptime())

  /** Whether the store answers. */
  const isStoreUp = (): Promise<boolean> =>
    run(
      Effect.flatMap(Database, ({ dialect }) =>
        Effect.promise(() =>
          dialect.ping().then(
            () => true,
            () => false
          )
        )
      )
    )

  const connected = (): Promise<number> =>
    run(Effect.flatMap(Devices, (devices) => devices.countConnected).pipe(Effect.orElseSucceed(() => 0)))

  app.get("/health", async (_request, reply) => {
    const isUp = await isStoreUp()
    return reply.code(isUp ? 200 : 503).send({ status: isUp ? "ok" : "error", timestamp: now() })
  })

  app.get("/system-status", async () => {
    const memory = { used: Math.round(process.memoryUsage.rss() / MEGABYTE), total: Math.round(totalmem() / MEGABYTE) }
    return { status: "ok", uptime: uptime(), memory, connections: await connected(), timestamp: now() }
  })

  /** One body for two dialects. */
  app.get("/api/health", async (_request, reply) => {
    const db = await isStoreUp()
    const { rss, heapTotal, heapUsed } = process.memoryUsage()
    return reply.code(db ? 200 : 503).send({
      ok: db,
      db,
      uptime: uptime(),
      memory: { rss, heapTotal, heapUsed },
      timestamp: now(),
      success: db,
      status: db ? "ok" : "error",
      version: context.version
    })
  })

  app.get("/api/system-status", async () => {
    const { rss, heapTotal, heapUsed } = process.memoryUsage()
    return {
      uptime: uptime(),
      memory: { rss, heapTotal, heapUsed },
      clients: await connected(),
      nodeVersion: process.version,
      platform: process.platform,
      timestamp: now()
    }
  })
}
