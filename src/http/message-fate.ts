/** What became of a message that was accepted for sending, for whoever waits for it or asks again. */
import { Effect } from "effect"
import type { SendOutcome } from "../actors/device/commands.ts"
import { DeviceDirectory } from "../actors/directory.ts"
import { DeviceId } from "../events/ids.ts"
import type { DeviceRow } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { type MessageRow, Messages } from "../store/messages.ts"

/** Waits for WhatsApp's word, where it is still to come. Undefined when the device has sent no such message. */
export const fateOf = (
  from: DeviceRow,
  messageId: string,
  timeoutMs: number
): Effect.Effect<SendOutcome | undefined, StoreUnavailable, DeviceDirectory | Messages> =>
  Effect.gen(function* () {
    const directory = yield* DeviceDirectory
    const awaited = yield* directory.outcome(DeviceId.make(from.device_id), messageId, timeoutMs)
    if (awaited) return awaited
    const messages = yield* Messages
    const row = yield* messages.sent(from.number_id, messageId)
    return row && outcomeOf(row)
  })

const outcomeOf = ({ message_id, chat, status, failure_code, failure_text }: MessageRow): SendOutcome => {
  const message = { messageId: message_id, chat }
  if (status === "queued") return { ...message, status: "pending" }
  if (status !== "failed") return { ...message, status: "sent" }
  return { ...message, status: "failed", code: failure_code ?? "", text: failure_text ?? "" }
}
