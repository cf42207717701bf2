/** The steps of a link with a passkey that a person takes: the signature, and the comparison of the codes. */
import { Effect } from "effect"
import type { AnswerPasskey, ConfirmPasskey } from "../actors/device/commands.ts"
import { DeviceDirectory } from "../actors/directory.ts"
import type { Origin } from "../events/envelope.ts"
import type { PasskeyAssertion } from "../whatsapp/passkey.ts"
import { findDevice } from "./device-access.ts"
import { viewDevice } from "./device-view.ts"
import { once, type RequestKey } from "./idempotency.ts"
import type { Principal } from "./principal.ts"

/** Sends the passkey's answer to WhatsApp's challenge; answers the device once WhatsApp has taken it. */
export const answerPasskey = (
  principal: Principal,
  reference: string,
  assertion: PasskeyAssertion,
  origin: Origin,
  key?: RequestKey
) => take(principal, reference, { type: "AnswerPasskey", by: principal.kind, assertion }, origin, key)

/** Says whether the phone shows the same code. Without it the link is called off; with it the phone signs next. */
export const confirmPasskey = (
  principal: Principal,
  reference: string,
  matches: boolean,
  origin: Origin,
  key?: RequestKey
) => take(principal, reference, { type: "ConfirmPasskey", by: principal.kind, matches }, origin, key)

const take = (
  principal: Principal,
  reference: string,
  command: AnswerPasskey | ConfirmPasskey,
  origin: Origin,
  key: RequestKey | undefined
) =>
  once(key, {
    first: (claiming) =>
      Effect.gen(function* () {
        const device = yield* findDevice(principal, reference)
        const directory = yield* DeviceDirectory
        yield* directory.ask(device.id, { command, origin, key: claiming })
        return yield* Effect.flatMap(findDevice(principal, device.id), viewDevice)
      }),
    again: ({ subject }) => Effect.flatMap(findDevice(principal, subject), viewDevice)
  })
