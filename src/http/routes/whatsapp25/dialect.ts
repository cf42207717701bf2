/**
 * The WHATSAPP25 dialect: `/api/*` with Bearer tokens and Spanish errors, for existing programs. docs/WHATSAPP25.md is its contract.
 */
import type { Dialect } from "../../dialect.ts"
import { accountRoutes } from "./accounts.ts"
import { answerFailure, documentFailure, failureSchema, refuseInput, unknownRoute, unreadable } from "./answers.ts"
import { deviceRoutes } from "./devices.ts"
import { withoutEmptyFields } from "./fields.ts"
import { liveRoutes } from "./live.ts"
import { messageRoutes } from "./messages.ts"
import { systemRoutes } from "./system.ts"

export interface Whatsapp25Options {
  /** This release. */
  readonly version: string
  readonly sendAckTimeoutMs: number
}

export const whatsapp25 = ({ version, sendAckTimeoutMs }: Whatsapp25Options): Dialect => ({
  name: "whatsapp25",
  description: "For programs that use the WHATSAPP25 API. Errors are Spanish sentences in `error`.",
  routes: [...accountRoutes, ...deviceRoutes, ...messageRoutes, ...liveRoutes(), ...systemRoutes(version)],
  owns: (path) => path.startsWith("/api/") || path.startsWith("/socket.io/"),
  prepare: withoutEmptyFields,
  numbersAreTexts: true,
  excessFields: "ignore",
  refuse: refuseInput,
  whileInProgress: { waitMs: sendAckTimeoutMs },
  failureType: "application/json",
  failureName: "Fallo",
  failureSchema,
  answer: answerFailure,
  document: documentFailure,
  unknownRoute: () => unknownRoute,
  unreadable
})
