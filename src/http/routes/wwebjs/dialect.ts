/**
 * The wwebjs dialect: for programs that use wwebjs-api, without a browser. Its webhooks are in src/webhooks/formats/wwebjs.ts.
 */
import type { Dialect } from "../../dialect.ts"
import { answerFailure, documentFailure, failureSchema, refuseInput, unknownRoute, unreadable } from "./answers.ts"
import { clientContactRoutes } from "./client-contacts.ts"
import { liveRoutes } from "./live.ts"

/** The paths of wwebjs-api. */
const OWN = /^\/(session|client|chat|groupChat|message|contact|channel|ping|localCallbackExample|api-docs|ws)(?=[/?]|$)/

export const wwebjs = (disabledCallbacks: readonly string[]): Dialect => ({
  name: "wwebjs",
  description: 'For programs that use wwebjs-api. Errors are `{"success":false,"error":"<text>"}`.',
  routes: [...clientContactRoutes, ...liveRoutes(disabledCallbacks)],
  owns: (path) => OWN.test(path),
  excessFields: "ignore",
  refuse: refuseInput,
  whileInProgress: "refuse",
  failureType: "application/json",
  failureName: "WwebjsFailure",
  failureSchema,
  answer: answerFailure,
  document: documentFailure,
  unknownRoute,
  unreadable
})
