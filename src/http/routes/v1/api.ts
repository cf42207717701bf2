/** The gateway's own API, `/v1`: devices, their history, messages, the live stream. Problems are RFC 9457. */
import type { FastifyInstance } from "fastify"
import type { HttpContext } from "../../runtime.ts"
import { auditRoutes } from "./audit.ts"
import { deviceRoutes } from "./devices.ts"
import { erasureRoutes } from "./erasure.ts"
import { exportRoutes } from "./export.ts"
import { historyRoutes } from "./history.ts"
import { messageRoutes } from "./messages.ts"
import { pairingRoutes } from "./pairing.ts"
import { answerProblem, answerUnknownRoute } from "./problem.ts"
import { sendingRoutes } from "./sending.ts"
import { streamRoutes } from "./stream.ts"

export const v1 = (context: HttpContext) => async (app: FastifyInstance) => {
  app.setErrorHandler(answerProblem)
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, answerUnknownRoute)
  deviceRoutes(app, context)
  historyRoutes(app, context)
  auditRoutes(app, context)
  exportRoutes(app, context)
  erasureRoutes(app, context)
  pairingRoutes(app, context)
  messageRoutes(app, context)
  sendingRoutes(app, context)
  streamRoutes(app, context)
}
