/** Carries operations of the catalogue out, and says what it means when WhatsApp refuses one. */
import { Effect } from "effect"
import type { InputOf, OperationName, OutputOf } from "../../operations/catalog.ts"
import { OperationRefused, OperationUnfit } from "../../operations/failures.ts"
import { AskedTooOften, NoAnswer, type OperationFailure } from "../../whatsapp.ts"
import { askOr, isRateLimit, refusalCode } from "../queries/ask.ts"
import type { Readiness } from "../readiness.ts"
import type { Handler, Handlers, OperationContext } from "./handler.ts"
import { businessHandlers } from "./business.ts"
import { callHandlers } from "./calls.ts"
import { channelHandlers } from "./channels.ts"
import { chatHandlers } from "./chats.ts"
import { communityHandlers } from "./communities.ts"
import { contactHandlers } from "./contacts.ts"
import { groupHandlers } from "./groups.ts"
import { labelHandlers } from "./labels.ts"
import { messageHandlers } from "./messages.ts"
import { presenceHandlers } from "./presence.ts"
import { privacyHandlers } from "./privacy.ts"
import { profileHandlers } from "./profile.ts"
import { refused } from "./refusals.ts"

const handlers: Handlers<OperationName> = {
  ...groupHandlers,
  ...communityHandlers,
  ...contactHandlers,
  ...profileHandlers,
  ...privacyHandlers,
  ...businessHandlers,
  ...messageHandlers,
  ...chatHandlers,
  ...labelHandlers,
  ...presenceHandlers,
  ...channelHandlers,
  ...callHandlers
}

/**
 * Shorter than the time after which Baileys gives a query up (adapter.ts): it then says nothing, and many of its functions return as if
 * WhatsApp had answered.
 */
const ANSWER_MAX_MS = 18_000

/** Resolves with WhatsApp's answer. Works only once the connection is open. */
export const operate = <Name extends OperationName>(
  readiness: Readiness,
  context: OperationContext,
  name: Name,
  input: InputOf<Name>
): Effect.Effect<OutputOf<Name>, OperationFailure> => {
  const handler: Handler<Name> = handlers[name]
  const asked = `for ${name}`
  const turn = new Turn(context)
  const question = () => handler(input, turn.context)
  return readiness.onceOpened(
    askOr(readiness, asked, question, (failure) => meaningOf(name, failure)).pipe(
      Effect.timeoutOrElse({ duration: ANSWER_MAX_MS, orElse: () => Effect.fail(new NoAnswer({ asked })) }),
      Effect.ensuring(Effect.sync(() => turn.end(input)))
    )
  )
}

/** One operation. What its handler tells after it was given up is ignored: the gateway does not know whether WhatsApp did it. */
class Turn {
  readonly context: OperationContext
  #isOver = false

  constructor(context: OperationContext) {
    this.context = {
      ...context,
      did: async (message) => (this.#isOver ? undefined : context.did(message)),
      changed: (changes) => {
        if (!this.#isOver) context.changed(changes)
      }
    }
  }

  end(input: object): void {
    this.#isOver = true
    // The next message to the group goes to those who are in it now, although WhatsApp may not have announced it yet.
    if ("group" in input) this.context.groups.forget(String(input.group))
  }
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
