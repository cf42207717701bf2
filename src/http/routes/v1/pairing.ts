/** POST /v1/devices/:id/pairing-code: a code to type into the phone, instead of scanning a QR. */
import { Effect, Schema } from "effect"
import type { FastifyInstance } from "fastify"
import { DeviceDirectory } from "../../../actors/directory.ts"
import { DeviceId } from "../../../events/ids.ts"
import { elapsedMs } from "../../../store/elapsed.ts"
import { isNumber, isSameNumber } from "../../../whatsapp/number.ts"
import type { Principal } from "../../access/accounts.ts"
import { AttemptLimiter } from "../../access/attempt-limiter.ts"
import { authenticate } from "../../access/authentication.ts"
import { deviceByReference } from "../../device-access.ts"
import { type HttpContext, originOf, whoIs } from "../../runtime.ts"
import { InvalidRequest, read } from "./input.ts"
import { iso } from "./representations.ts"

const CodeRequest = Schema.Struct({ number: Schema.String })

/** Rejection: each code rings somebody's phone, and WhatsApp sees who asks for it. */
export class TooManyCodes extends Schema.TaggedError<TooManyCodes>()("TooManyCodes", {
  retryAfterSeconds: Schema.Int
}) {
  override get message(): string {
    return `too many pairing codes; ask again in ${this.retryAfterSeconds} s, or scan the QR`
  }
}

const HOUR_MS = 3_600_000

export const pairingRoutes = (app: FastifyInstance, { run, authentication, settings }: HttpContext): void => {
  const asked = new AttemptLimiter(settings.pairingCodesPerHourMax, HOUR_MS)

  /** Counts a code for the device, and one that this user asks for the number with whichever device. */
  const countCode = (device: string, principal: Principal, number: string) =>
    Effect.flatMap(elapsedMs, (now): Effect.Effect<void, TooManyCodes> => {
      const keys = [device, `${whoIs(principal)} ${number}`]
      const waitMs = Math.max(...keys.map((key) => asked.blockedMs(key, now)))
      if (waitMs > 0) return new TooManyCodes({ retryAfterSeconds: Math.ceil(waitMs / 1_000) })
      for (const key of keys) asked.count(key, now)
      return Effect.void
    })

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
        yield* countCode(row.device_id, principal, number)
        const directory = yield* DeviceDirectory
        const origin = originOf(request, principal)
        return yield* directory.pairingCode(DeviceId.make(row.device_id), number, principal.kind, origin)
      })
    )
    return reply.code(201).send({ code: code.text, expiresAt: iso(code.expiresAt) })
  })
}
