/** DELETE /v1/messages/:id/content and /v1/contacts/:number/content: content taken out for good, on somebody's demand. */
import { Effect, PartitionedSemaphore, Schema } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { Devices } from "../../../store/devices.ts"
import { type Demand, Erasure } from "../../../store/erasure/erasure.ts"
import { Messages } from "../../../store/messages.ts"
import { isNumber } from "../../../whatsapp/number.ts"
import type { Principal } from "../../access/accounts.ts"
import { authenticate, requireOperator } from "../../access/authentication.ts"
import { visibleTo } from "../../device-access.ts"
import { type HttpContext, originOf, whoIs } from "../../runtime.ts"
import { InvalidRequest, read } from "./input.ts"
import { MessageNotFound } from "./messages.ts"

/** Rejection: the message was accepted and is still being sent. */
export class MessageUnderWay extends Schema.TaggedError<MessageUnderWay>()("MessageUnderWay", {
  messageId: Schema.String
}) {
  override get message(): string {
    return `${this.messageId} is still being sent; its content can be erased when WhatsApp has answered or it has expired`
  }
}

const REASON_MAX = 255

const ErasureQuery = Schema.Struct({
  reason: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(REASON_MAX)))
})

export const erasureRoutes = (app: FastifyInstance, { run, authentication }: HttpContext): void => {
  /** An erasure reads all that was said since; so they wait in line, and everybody's next one gets his turn. */
  const line = PartitionedSemaphore.makeUnsafe<string>({ permits: 1 })
  const demandOf = (request: FastifyRequest, principal: Principal): Demand => {
    const { reason = null } = read(ErasureQuery, request.query)
    return { reason, origin: originOf(request, principal) }
  }

  app.delete<{ Params: { readonly id: string } }>("/messages/:id/content", async (request) =>
    run(
      Effect.gen(function* () {
        const principal = yield* authenticate(request, authentication)
        const demand = demandOf(request, principal)
        const messageId = request.params.id
        const messages = yield* Messages
        const rows = yield* messages.byId(messageId, visibleTo(principal))
        const before = yield* Effect.filter(yield* messages.erasedOn(messageId), (device) =>
          isVisible(principal, device)
        )
        if (rows.length === 0 && before.length === 0) return yield* new MessageNotFound({ messageId })
        const erasure = yield* Erasure
        const { events, underWay } = yield* line.withPermit(whoIs(principal))(erasure.message(rows, demand))
        if (underWay > 0) return yield* new MessageUnderWay({ messageId })
        return { erased: events }
      })
    )
  )

  app.delete<{ Params: { readonly number: string } }>("/contacts/:number/content", async (request) =>
    run(
      Effect.gen(function* () {
        const principal = yield* authenticate(request, authentication)
        yield* requireOperator(principal)
        const { number } = request.params
        if (!isNumber(number)) {
          return yield* new InvalidRequest({ field: "number", reason: "must be 8 to 15 digits with country code" })
        }
        const erasure = yield* Erasure
        const { events, underWay } = yield* erasure.contact(number, demandOf(request, principal))
        return { erased: events, underWay }
      })
    )
  )
}

const isVisible = (principal: Principal, device: number) =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const row = yield* devices.byNumberId(device)
    const owner = visibleTo(principal)
    return row !== undefined && (owner === "everybody" || row.owner === owner)
  })
