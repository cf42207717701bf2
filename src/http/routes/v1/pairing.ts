/** POST /v1/devices/:id/pairing-code: a code that the user types into the phone instead of scanning a QR. */
import { Effect, Schema } from "effect"
import { pairByCode } from "../../../application/pairing.ts"
import { askFailures } from "../../ask-failures.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { DeviceParams, PhoneNumber } from "./fields.ts"
import { iso } from "./models.ts"

export const pairingRoutes: readonly Route[] = [
  route({
    id: "pairByCode",
    method: "POST",
    path: "/v1/devices/:id/pairing-code",
    tag: "Devices",
    summary: "Get a pairing code to type into the phone",
    description:
      "Connects the device if it is at rest, and waits until WhatsApp has issued a code. Each code rings the phone.",
    access: { for: "principal", scope: "manage" },
    params: DeviceParams,
    body: Schema.Struct({ number: PhoneNumber }),
    answers: {
      201: json("The code.", Schema.Struct({ code: Schema.String, expiresAt: Schema.NullOr(Schema.String) }))
    },
    failures: [...askFailures, "OtherNumber", "TooManyCodes", "CodeExpired"],
    examples: [{ params: { id: EXAMPLE.number }, body: { number: EXAMPLE.number }, status: 201 }],
    handle: ({ principal, params, body, origin, key }) =>
      Effect.map(pairByCode(principal, params.id, body.number, origin, key), ({ text, expiresAt }) =>
        answer(201, { code: text, expiresAt: iso(expiresAt) })
      )
  })
]
