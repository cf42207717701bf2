/** /v1/messages/:id: the fate of a message. */
import { Effect, Schema } from "effect"
import type { FastifyInstance } from "fastify"
import { Devices } from "../../../store/devices.ts"
import { Messages } from "../../../store/messages.ts"
import { authenticate } from "../../access/authentication.ts"
import { visibleTo } from "../../device-access.ts"
import type { HttpContext } from "../../runtime.ts"
import { messageBody } from "./representations.ts"

/** Rejection: no such message on the asker's devices. */
export class MessageNotFound extends Schema.TaggedError<MessageNotFound>()("MessageNotFound", {
  messageId: Schema.String
}) {
  override get message(): string {
    return `there is no message ${this.messageId}`
  }
}

export const messageRoutes = (app: FastifyInstance, { run, authentication }: HttpContext): void => {
  /** Of several devices that have a message of this id, the one that sent it. */
  app.get<{ Params: { readonly id: string } }>("/messages/:id", async (request) =>
    run(
      Effect.gen(function* () {
        const principal = yield* authenticate(request, authentication)
        const messages = yield* Messages
        const devices = yield* Devices
        for (const message of yield* messages.byId(request.params.id)) {
          const device = yield* devices.byNumberId(message.device)
          const owner = visibleTo(principal)
          if (device && (owner === "everybody" || device.owner === owner)) return messageBody(message, device.device_id)
        }
        return yield* new MessageNotFound({ messageId: request.params.id })
      })
    )
  )
}
