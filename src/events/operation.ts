/**
 * What clients had the device's account do at WhatsApp beside sending messages: events of the stream `operations/<device id>`.
 *
 * The names and inputs are those of the catalogue of operations (src/whatsapp/operations). Inputs name people as the client gave them.
 */
import { Schema } from "effect"
import { defineEvent, type EventOf } from "./definition.ts"

const Fields = Schema.Record(Schema.String, Schema.Json)

export const OperationOutcome = Schema.Union([
  /** `result`: what WhatsApp answered, where it is not long. */
  Schema.Struct({ status: Schema.Literal("done"), result: Schema.optionalKey(Fields) }),
  /** WhatsApp refused it. */
  Schema.Struct({ status: Schema.Literal("refused"), code: Schema.Int, text: Schema.String }),
  /** WhatsApp did not answer in time, so it may have been done or not. */
  Schema.Struct({ status: Schema.Literal("unanswered") })
])
export type OperationOutcome = typeof OperationOutcome.Type

export const OperationPerformed = defineEvent(
  "operation.performed",
  1,
  Schema.Struct({ operation: Schema.String, input: Fields, outcome: OperationOutcome }),
  "A client had the account change something at WhatsApp: a group, a chat, a contact, its profile. `operation` is the operation's name, `input` what the client gave, without files and without texts that another event holds. Questions that change nothing are not recorded."
)

export const operationEvents = [OperationPerformed] as const

export type OperationEvent = EventOf<typeof OperationPerformed>
