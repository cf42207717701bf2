/** Carries operations of the catalogue out, and says what it means when WhatsApp refuses one. */
import type { Effect } from "effect"
import type { InputOf, OperationName, OutputOf } from "../../operations/catalog.ts"
import { OperationRefused, OperationUnfit } from "../../operations/failures.ts"
import { AskedTooOften, type OperationFailure } from "../../whatsapp.ts"
import { askOr, isRateLimit, refusalCode } from "../queries/ask.ts"
import type { Readiness } from "../readiness.ts"
import type { Handler, Handlers, OperationContext } from "./handler.ts"
import { callHandlers } from "./calls.ts"
import { channelHandlers } from "./channels.ts"
import { chatHandlers } from "./chats.ts"
import { labelHandlers } from "./labels.ts"
import { messageHandlers } from "./messages.ts"
import { presenceHandlers } from "./presence.ts"
import { profileHandlers } from "./profile.ts"
import { refused } from "./refusals.ts"

const handlers: Partial<Handlers<OperationName>> = {
  ...profileHandlers,
  ...messageHandlers,
  ...chatHandlers,
  ...labelHandlers,
  ...presenceHandlers,
  ...callHandlers,
  ...channelHandlers
}

/** Resolves with WhatsApp's answer. Works only once the connection is open. */
export const operate = <Name extends OperationName>(
  readiness: Readiness,
  context: OperationContext,
  name: Name,
  input: InputOf<Name>
): Effect.Effect<OutputOf<Name>, OperationFailure> => {
  const handler: Handler<Name> | undefined = handlers[name]
  if (handler === undefined) throw new Error(`no handler carries ${name} out`)
  const question = () => handler(input, context)
  return readiness.onceOpened(askOr(readiness, `for ${name}`, question, (failure) => meaningOf(name, failure)))
}

const meaningOf = (
  operation: OperationName,
  failure: unknown
): AskedTooOften | OperationRefused | OperationUnfit | undefined => {
  if (failure instanceof OperationUnfit || failure instanceof OperationRefused) return failure
  if (isRateLimit(failure)) return new AskedTooOften({ asked: `for ${operation}` })
  const whatsappCode = refusalCode(failure)
  return whatsappCode === undefined ? undefined : refused(operation, whatsappCode)
}
