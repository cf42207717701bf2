/** Erases content permanently: of one message, or of everything that a contact took part in. Keeps LOG-8. */
import { Context, Effect, Layer, PartitionedSemaphore, Schema } from "effect"
import type { Origin } from "../events/envelope.ts"
import { Erasure } from "../store/erasure/erasure.ts"
import { Messages } from "../store/messages.ts"
import { MessageNotFound, messagesWithId, reachesNumber } from "./messages.ts"
import { nameOf, type Principal } from "./principal.ts"

/** Rejection: the message is still being sent. */
export class MessageUnderWay extends Schema.TaggedError<MessageUnderWay>()("MessageUnderWay", {
  messageId: Schema.String
}) {
  override get message(): string {
    return `the message ${this.messageId} is still being sent; erase its content once WhatsApp has acknowledged it or it has expired`
  }
}

/** Queues erasures of messages by client and serves clients in turn, so that a client with many erasures does not delay the others. */
export class ErasureLine extends Context.Service<ErasureLine, PartitionedSemaphore.PartitionedSemaphore<string>>()(
  "bitacora/application/ErasureLine"
) {
  static readonly layer = Layer.sync(ErasureLine, () => PartitionedSemaphore.makeUnsafe<string>({ permits: 1 }))
}

export interface ErasureRequest {
  /** Is kept in the log, so it must not name the person. */
  readonly reason: string | null
  readonly origin: Origin
}

/** Erases the message's content on every device that the principal reaches. Returns the number of erased payloads. */
export const eraseMessage = (principal: Principal, messageId: string, request: ErasureRequest) =>
  Effect.gen(function* () {
    const messages = yield* Messages
    const found = yield* messagesWithId(principal, messageId)
    const erasedBefore = yield* Effect.filter(yield* messages.erasedOn(messageId), (deviceNumber) =>
      reachesNumber(principal, deviceNumber)
    )
    if (found.length === 0 && erasedBefore.length === 0) return yield* new MessageNotFound({ messageId })
    const erasure = yield* Erasure
    const line = yield* ErasureLine
    const { events, underWay } = yield* line.withPermit(nameOf(principal))(erasure.message(found, request))
    if (underWay > 0) return yield* new MessageUnderWay({ messageId })
    return { erased: events }
  })

/** Erases everything that a contact took part in, on all devices. `underWay` counts messages that are still being sent; they stay. */
export const eraseContact = (number: string, request: ErasureRequest) =>
  Effect.gen(function* () {
    const erasure = yield* Erasure
    const { events, underWay } = yield* erasure.contact(number, request)
    return { erased: events, underWay }
  })
