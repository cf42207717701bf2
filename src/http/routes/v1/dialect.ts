/** The gateway's own API, `/v1`: devices, their history, messages, the live stream, tokens and users. Errors are RFC 9457 problems. */
import type { Route } from "../../declaration.ts"
import type { Dialect } from "../../dialect.ts"
import { InvalidRequest } from "../../input.ts"
import { auditRoutes } from "./audit.ts"
import { backupRoutes } from "./backups.ts"
import { bulkSendRoutes } from "./bulk-sends.ts"
import { businessRoutes } from "./business.ts"
import { callRoutes } from "./calls.ts"
import { channelRoutes } from "./channels.ts"
import { chatOperationRoutes } from "./chat-operations.ts"
import { chatRoutes } from "./chats.ts"
import { communityRoutes } from "./communities.ts"
import { contactOperationRoutes } from "./contact-operations.ts"
import { contactRoutes } from "./contacts.ts"
import { deviceRoutes } from "./devices.ts"
import { erasureRoutes } from "./erasure.ts"
import { exportRoutes } from "./export.ts"
import { linkRoutes } from "../link/routes.ts"
import { groupRoutes } from "./groups.ts"
import { healthRoutes } from "./health.ts"
import { historyRoutes } from "./history.ts"
import { hostedLinkRoutes } from "./hosted-links.ts"
import { labelOperationRoutes } from "./label-operations.ts"
import { messageOperationRoutes } from "./message-operations.ts"
import { messageRoutes } from "./messages.ts"
import { olderMessageRoutes } from "./older-messages.ts"
import { pairingRoutes } from "./pairing.ts"
import { privacyRoutes } from "./privacy.ts"
import { profileRoutes } from "./profile.ts"
import { answerProblem, documentProblem, problem, problemSchema, unknownRoute } from "./problem.ts"
import { fleetRoutes } from "./fleet.ts"
import { loginRoutes } from "./session.ts"
import { retentionRoutes } from "./retention.ts"
import { searchRoutes } from "./search.ts"
import { sendingRoutes } from "./sending.ts"
import { streamRoutes } from "./stream.ts"
import { tokenRoutes } from "./tokens.ts"
import { userRoutes } from "./users.ts"
import { deliveryRoutes } from "./webhook-deliveries.ts"
import { receiverRoutes } from "./webhook-receiver.ts"
import { webhookRoutes } from "./webhooks.ts"

/** `more`: further routes of the API, such as its documentation. */
export const v1 = (more: readonly Route[]): Dialect => ({
  name: "v1",
  description: "Bitácora's own API. Errors are `application/problem+json` (RFC 9457).",
  routes: [
    ...deviceRoutes,
    ...fleetRoutes,
    ...healthRoutes,
    ...pairingRoutes,
    ...hostedLinkRoutes,
    ...linkRoutes,
    ...sendingRoutes,
    ...messageRoutes,
    ...bulkSendRoutes,
    ...chatRoutes,
    ...olderMessageRoutes,
    ...messageOperationRoutes,
    ...chatOperationRoutes,
    ...labelOperationRoutes,
    ...channelRoutes,
    ...callRoutes,
    ...searchRoutes,
    ...contactRoutes,
    ...contactOperationRoutes,
    ...groupRoutes,
    ...communityRoutes,
    ...businessRoutes,
    ...profileRoutes,
    ...privacyRoutes,
    ...historyRoutes,
    ...streamRoutes,
    ...auditRoutes,
    ...exportRoutes,
    ...erasureRoutes,
    ...loginRoutes,
    ...tokenRoutes,
    ...userRoutes,
    ...webhookRoutes,
    ...receiverRoutes,
    ...deliveryRoutes,
    ...backupRoutes,
    ...retentionRoutes,
    ...more
  ],
  owns: (path) => /^\/(v1|link|dashboard)(\/|\?|$)/.test(path),
  excessFields: "refuse",
  refuse: ([{ field, reason }]) => new InvalidRequest({ field: field === "" ? null : field, reason }),
  whileInProgress: "refuse",
  failureType: "application/problem+json",
  failureName: "Problem",
  failureSchema: problemSchema,
  answer: answerProblem,
  document: documentProblem,
  unknownRoute,
  unreadable: problem(400, "bad-request", "the bytes are not an HTTP request")
})
