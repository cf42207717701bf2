/** What this dialect's ways to send have in common: which device sends, and what WhatsApp's word becomes. */
import { Effect } from "effect"
import type { FastifyRequest } from "fastify"
import type { SendOutcome } from "../../../actors/device/commands.ts"
import { DeviceDirectory } from "../../../actors/directory.ts"
import { DeviceId } from "../../../events/ids.ts"
import type { OutgoingContent } from "../../../events/message.ts"
import { type DeviceRow, Devices } from "../../../store/devices.ts"
import type { Principal } from "../../access/accounts.ts"
import { deviceByNumber, ownerOf } from "../../device-access.ts"
import { viewDevice } from "../../live-device.ts"
import { type HttpContext, originOf } from "../../runtime.ts"
import { missingData, Refusal } from "./answers.ts"
import { type Body, decodeInstance, requiredNumber } from "./body.ts"
import { stateWord } from "./words.ts"

export type User = Extract<Principal, { kind: "user" }>

/** What WhatsApp takes in one text. */
export const TEXT_MAX = 65_536

export interface Sending {
  readonly user: User
  readonly from: DeviceRow
  /** Digits with country code. */
  readonly to: string
  readonly content: OutgoingContent
}

/** The device to send from, ready to send: the one named, else the user's own number, else the only one that is connected. */
export const senderOf = async (context: HttpContext, user: User, body: Body): Promise<DeviceRow> => {
  const from = await chosenDevice(context, user, body)
  const view = await context.run(viewDevice(from))
  if (!view.isReady) throw notReady(from, stateWord(view))
  return from
}

const chosenDevice = async ({ run, settings }: HttpContext, user: User, body: Body): Promise<DeviceRow> => {
  const isNamed = body.fromNumber !== undefined && body.fromNumber !== null && body.fromNumber !== ""
  if (isNamed) return run(deviceByNumber(user, decodeInstance(requiredNumber(body, "fromNumber"))))
  const chosen = await run(
    Effect.gen(function* () {
      const devices = yield* Devices
      const own = yield* devices.byOwnerAndNumber(ownerOf(user), user.account.number)
      if (own) return own
      const connected = (yield* devices.list(ownerOf(user), 0, settings.devicesPerUserMax)).filter(
        (row) => row.state === "CONNECTED"
      )
      return connected.length === 1 ? connected[0] : undefined
    })
  )
  if (!chosen) throw missingData()
  return chosen
}

/** Success is WhatsApp's own acknowledgement, nothing less. */
export const send = async (
  { run, settings }: HttpContext,
  request: FastifyRequest,
  { user, from, to, content }: Sending
): Promise<SendOutcome> => {
  const message = { number: to, content, ackTimeoutMs: settings.sendAckTimeoutMs }
  const outcome = await run(
    Effect.gen(function* () {
      const directory = yield* DeviceDirectory
      return yield* directory
        .send(DeviceId.make(from.device_id), message, originOf(request, user))
        .pipe(
          Effect.catchTag("DeviceNotReady", () =>
            Effect.flatMap(viewDevice(from), (view) => Effect.fail(notReady(from, stateWord(view))))
          )
        )
    })
  )
  const { messageId } = outcome
  if (outcome.status === "failed") {
    throw new Refusal(500, "WhatsApp rechazó el mensaje", { code: outcome.code, messageId })
  }
  if (outcome.status === "pending") throw new Refusal(504, "Sin confirmación de WhatsApp", { messageId })
  return outcome
}

const notReady = (from: DeviceRow, state: string): Refusal =>
  new Refusal(400, "Sesión de WhatsApp no lista", { device: numberOf(from), state })

/** The number that a device was added with; that of its link, where it was added under a name only. */
export const numberOf = ({ number, jid }: DeviceRow): string | null => number ?? jid?.match(/^\d+/)?.[0] ?? null
