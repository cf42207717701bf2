/** The wwebjs dialect: for programs that use wwebjs-api. So far its WebSocket; its webhooks are in src/webhooks/formats/wwebjs.ts. */
import type { Dialect } from "../../dialect.ts"
import { answerFailure, documentFailure, failureSchema, SessionNameUnfit, unknownRoute, unreadable } from "./answers.ts"
import { liveRoutes } from "./live.ts"

export const wwebjs = (disabledCallbacks: readonly string[]): Dialect => ({
  name: "wwebjs",
  description: 'For programs that use wwebjs-api. Errors are `{"success":false,"error":"<text>"}`.',
  routes: liveRoutes(disabledCallbacks),
  owns: (path) => path.startsWith("/ws/"),
  excessFields: "ignore",
  refuse: ([{ field }]) => new SessionNameUnfit(field),
  whileInProgress: "refuse",
  failureType: "application/json",
  failureName: "WwebjsFailure",
  failureSchema,
  answer: answerFailure,
  document: documentFailure,
  unknownRoute,
  unreadable
})
