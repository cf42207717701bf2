/** POST /v1/devices/:id/pairing-code: a code to type into the phone, instead of scanning a QR. */
import { Effect, Schema } from "effect"
import type { FastifyInstance } from "fastify"
import { DeviceDirectory } from "../../../actors/directory.ts"
import { DeviceId } from "../../../events/ids.ts"
import { isNumber, isSameNumber } from "../../../whatsapp/number.ts"
import { authenticate } from "../../access/authentication.ts"
import { deviceByReference } from "../../device-access.ts"
import { type HttpContext, originOf } from "../../runtime.ts"
import { InvalidRequest, read } from "./input.ts"
import { iso } from "./representations.ts"

const CodeRequest = Schema.Struct({ number: Schema.String })

export const pairingRoutes = (app: FastifyInstance, { run, authentication }: HttpContext): void => {
  /** Connects the device where it rests, and waits until WhatsApp has a code for it. */
  app.post<{ Params: { readonly id: string } }>("/devices/:id/pairing-code", async (request, reply) => {
    const principal = await run(authenticate(request, authentication))
    const { number } = read(CodeRequest, request.body)
    if (!isNumber(number)) {
      throw new InvalidRequest({ field: "number", reason: "must be 8 to 15 digits with country code, without plus" })
    }
    const code = await run(
      Effect.gen(function* () {
        const row = yield* deviceByReference(principal, request.params.id)
        if (row.number !== null && !isSameNumber(row.number, number)) {
          return yield* new InvalidRequest({ field: "number", reason: `must be the device's own, ${row.number}` })
        }
        const directory = yield* DeviceDirectory
        const origin = originOf(request, principal)
        return yield* directory.pairingCode(DeviceId.make(row.device_id), number, principal.kind, origin)
      })
    )
    return reply.code(201).send({ code: code.text, expiresAt: iso(code.expiresAt) })
  })
}
