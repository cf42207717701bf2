/** POST /v1/devices/:id/link: an address with which the owner of a phone links it to this device, without an account here. */
import { Effect, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import { issueLink } from "../../../application/hosted-links.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { DeviceParams } from "./fields.ts"
import { iso } from "./models.ts"

const SECONDS_MIN = 60
const SECONDS_MAX = 86_400

export const hostedLinkRoutes: readonly Route[] = [
  route({
    id: "createLink",
    method: "POST",
    path: "/v1/devices/:id/link",
    tag: "Linking",
    summary: "Get an address for the owner of the phone",
    description:
      "Its page shows the QR, a pairing code or the steps of a passkey, and needs no login. The first browser that opens it has it to itself. A new link for a device ends the previous one. Links end with a restart of the gateway, with the token that made them, and when the device is linked.",
    access: { for: "principal", scope: "manage" },
    params: DeviceParams,
    body: Schema.Struct({
      expiresInSeconds: Schema.optionalKey(
        Schema.Int.check(Schema.isBetween({ minimum: SECONDS_MIN, maximum: SECONDS_MAX })).annotate({
          description: "How long it can be opened; an hour by default. Opened, it is good for 15 minutes at least."
        })
      )
    }),
    answers: {
      201: json("The address.", Schema.Struct({ url: Schema.String, expiresAt: Schema.NullOr(Schema.String) }))
    },
    failures: ["DeviceNotFound", "CommandRefused", "LinkInvalid"],
    examples: [{ params: { id: EXAMPLE.linkableNumber }, body: {}, status: 201 }],
    handle: ({ principal, params, body, origin, key, raw }) =>
      Effect.gen(function* () {
        const { expiresInSeconds } = body
        const forMs = expiresInSeconds === undefined ? {} : { forMs: expiresInSeconds * 1_000 }
        const { ticket, expiresAt } = yield* issueLink(principal, params.id, { ...forMs, origin, key })
        return answer(201, { url: `${baseOf(raw)}/link/${ticket}`, expiresAt: iso(expiresAt) })
      })
  })
]

/** The gateway as this client reaches it. */
const baseOf = ({ protocol, host }: FastifyRequest): string => `${protocol}://${host}`
