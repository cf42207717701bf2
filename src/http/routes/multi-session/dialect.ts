/**
 * The Multi-Session dialect: `/api/*` with the operator's `X-API-Key` and English errors, for existing programs. docs/MULTI-SESSION.md is
 * its contract. It shares POST /api/send-message with WHATSAPP25.
 */
import type { Dialect } from "../../dialect.ts"
import { withoutEmptyFields } from "../whatsapp25/fields.ts"
import { answerFailure, documentFailure, failureSchema, refuseInput, unknownRoute, unreadable } from "./answers.ts"
import { historyRoutes } from "./history.ts"
import { infoRoutes } from "./info.ts"
import { messageRoutes } from "./messages.ts"
import { sessionRoutes } from "./sessions.ts"
import { webhookRoutes } from "./webhook.ts"

export interface MultiSessionOptions {
  /** This release. */
  readonly version: string
  readonly sendAckTimeoutMs: number
}

/** The paths that this dialect has for itself. */
const OWN = /^\/(api\/(start-session|sessions|send-media|messages|logout|(qr|status)(?=\/))|info|webhook)(?=[/?]|$)/

export const multiSession = ({ version, sendAckTimeoutMs }: MultiSessionOptions): Dialect => ({
  name: "multi-session",
  description: "For programs that use the WhatsApp Multi-Session API. Errors are English sentences in `error`.",
  routes: [...sessionRoutes, ...messageRoutes, ...historyRoutes, ...webhookRoutes, ...infoRoutes(version)],
  owns: (path) => OWN.test(path),
  prepare: withoutEmptyFields,
  numbersAreTexts: true,
  excessFields: "ignore",
  refuse: refuseInput,
  whileInProgress: { waitMs: sendAckTimeoutMs },
  failureType: "application/json",
  failureName: "SessionFailure",
  failureSchema,
  answer: answerFailure,
  document: documentFailure,
  unknownRoute: () => unknownRoute,
  unreadable
})
