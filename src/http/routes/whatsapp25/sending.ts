/** What this dialect's ways to send have in common: which device sends, and what WhatsApp's word becomes. */
import { createHash } from "node:crypto"
import { Effect } from "effect"
import type { FastifyRequest } from "fastify"
import { DeviceDirectory } from "../../../actors/directory.ts"
import { DeviceId } from "../../../events/ids.ts"
import type { OutgoingContent } from "../../../events/message.ts"
import type { CommandKey } from "../../../store/command-log.ts"
import { type DeviceRow, Devices } from "../../../store/devices.ts"
import type { StoreUnavailable } from "../../../store/errors.ts"
import type { Principal } from "../../access/accounts.ts"
import { deviceByNumber, ownerOf } from "../../device-access.ts"
import { type Claims, unlessPending } from "../../idempotency.ts"
import { viewDevice } from "../../live-device.ts"
import { fateOf } from "../../message-fate.ts"
import { type HttpContext, originOf } from "../../runtime.ts"
import { missingData, Refusal } from "./answers.ts"
import { type Body, decodeInstance, requiredNumber } from "./body.ts"
import { stateWord } from "./words.ts"

export type User = Extract<Principal, { kind: "user" }>

/** After a 504 an identical request, this long, is taken for the same message asked for again. */
const REPEATED_WITHIN_MS = 600_000

export interface Sending {
  readonly user: User
  readonly from: DeviceRow
  /** Digits with country code. */
  readonly to: string
  /** Equal for requests that ask for the same. */
  readonly asked: readonly (string | undefined)[]
  /** Run when the device is known to be ready. */
  readonly content: Effect.Effect<OutgoingContent, StoreUnavailable>
}

/** The device to send from: the one named, else the user's own number, else the only one that is connected. */
export const senderOf = async ({ run, settings }: HttpContext, user: User, body: Body): Promise<DeviceRow> => {
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

/**
 * Sends, and answers the message's id. Success is WhatsApp's own acknowledgement, nothing less. Who repeats a request that was
 * answered 504, or hung up before the answer, gets the same message's fate.
 */
export const send = async (context: HttpContext, request: FastifyRequest, sending: Sending): Promise<string> => {
  const { run, settings, keysInUse } = context
  const { user, from, to, content } = sending
  const first = (claims: Claims | undefined) =>
    Effect.gen(function* () {
      const view = yield* viewDevice(from)
      if (!view.isReady) return yield* Effect.fail(notReady(from, stateWord(view)))
      const directory = yield* DeviceDirectory
      const message = {
        number: to,
        content: yield* content,
        ackTimeoutMs: settings.sendAckTimeoutMs,
        ...claims
      }
      return yield* directory
        .send(DeviceId.make(from.device_id), message, originOf(request, user))
        .pipe(Effect.catchTag("DeviceNotReady", ({ state }) => Effect.fail(notReady(from, state))))
    })
  const outcome = await run(
    unlessPending(keysInUse, keyOf(sending), REPEATED_WITHIN_MS, {
      first,
      again: (messageId) => fateOf(from, messageId, settings.sendAckTimeoutMs),
      isPending: ({ status }) => status === "pending",
      hasHungUp: () => request.raw.socket.destroyed || !request.raw.socket.writable
    })
  )
  const { messageId } = outcome
  if (outcome.status === "failed") {
    throw new Refusal(500, "WhatsApp rechazó el mensaje", { code: outcome.code, messageId })
  }
  if (outcome.status === "pending") throw new Refusal(504, "Sin confirmación de WhatsApp", { messageId })
  return messageId
}

const keyOf = ({ user, from, to, asked }: Sending): CommandKey => {
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([from.number_id, to, ...asked]))
    .digest()
  return { scope: `whatsapp25:${user.tokenId}`, key: fingerprint.toString("hex"), fingerprint }
}

const notReady = (from: DeviceRow, state: string): Refusal =>
  new Refusal(400, "Sesión de WhatsApp no lista", { device: numberOf(from), state })

/** The number that a device was added with; that of its link, where it was added under a name only. */
export const numberOf = ({ number, jid }: DeviceRow): string | null => number ?? jid?.match(/^\d+/)?.[0] ?? null
