/** What it means when WhatsApp refuses an operation. */
import { OperationRefused } from "../../operations/failures.ts"

/** What WhatsApp's codes say of an operation. Source: the answers of its server as whatsmeow's IQError lists them (request.go). */
const reasons: Readonly<Record<number, string>> = {
  400: "it cannot be done with what was given",
  401: "the account may not see it",
  403: "the account is not allowed to",
  404: "there is none",
  405: "it cannot be done",
  406: "it cannot be accepted",
  408: "the person has left lately",
  409: "it is so already, or it has changed meanwhile",
  410: "it is not valid any more",
  419: "there are too many",
  463: "the account may not write to this person now",
  500: "WhatsApp's server failed"
}

export const refused = (operation: string, whatsappCode: number): OperationRefused =>
  new OperationRefused({ operation, whatsappCode, reason: reasons[whatsappCode] ?? "no reason is known" })
