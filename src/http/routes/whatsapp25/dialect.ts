/**
 * The WHATSAPP25 dialect: `/api/*` with Bearer tokens, Spanish errors, for programs that have spoken it for years.
 * Its contract is docs/WHATSAPP25.md; every route here only sends commands and reads projections.
 */
import type { FastifyInstance } from "fastify"
import type { HttpContext } from "../../runtime.ts"
import { accountRoutes } from "./accounts.ts"
import { answerFailure, answerUnknownRoute } from "./answers.ts"
import { deviceRoutes } from "./devices.ts"
import { messageRoutes } from "./messages.ts"
import { systemRoutes } from "./system.ts"

export const whatsapp25 = (context: HttpContext) => async (app: FastifyInstance) => {
  app.setErrorHandler(answerFailure)
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, answerUnknownRoute)
  accountRoutes(app, context)
  deviceRoutes(app, context)
  messageRoutes(app, context)
  systemRoutes(app, context)
}
