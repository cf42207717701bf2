/**
 * Sends the messages of bulk sends, at their pace. Keeps OUT-6.
 *
 * One message of a device at a time, the oldest bulk send first. What is written is always behind what is sent: after a kill the next
 * message may be in the log already, under the id that it has from the beginning, and is then not sent again.
 */
import { Cause, Clock, Effect, Random, Schedule } from "effect"
import type { Logger } from "pino"
import { DeviceDirectory } from "../../actors/directory.ts"
import { lockAt } from "../../actors/device/standing.ts"
import type { Origin } from "../../events/envelope.ts"
import { personOfChat } from "../../events/roster-key.ts"
import { type BulkItem, type BulkSend, BulkSends } from "../../store/bulk/bulk-sends.ts"
import { type Device, Devices } from "../../store/devices.ts"
import { Messages } from "../../store/messages.ts"
import { Refusals } from "../../store/refusals.ts"
import { jidOf } from "../../whatsapp/jid.ts"
import { dayStart, nextAfter, nextDay, outsideQuiet, type Pacing } from "./pacing.ts"
import { BulkWake } from "./wake.ts"

/** After a failure that is not the message's. */
const RETRY_MS = 5_000
const ASKED_TOO_OFTEN_MS = 60_000
/** Clients of this process wake the runner; a clock that was set does not. */
const LOOK_MS = 60_000
const RESTART_MS = 1_000

const originOf = ({ id, who }: BulkSend): Origin => ({ who, commandId: id, causation: null, correlation: id })

/** Never ends. */
export const runBulkSends = (logger: Logger) => {
  const busy = new Set<number>()
  return Effect.gen(function* () {
    const bulks = yield* BulkSends
    const wake = yield* BulkWake
    for (;;) {
      const changed = yield* wake.next
      for (const device of yield* bulks.devicesRunning) {
        if (busy.has(device)) continue
        busy.add(device)
        const work = runDevice(device, logger).pipe(
          Effect.retry({ while: ({ _tag }) => _tag === "StoreUnavailable", schedule: Schedule.spaced(RESTART_MS) }),
          Effect.catchCause((cause) =>
            Cause.hasInterruptsOnly(cause) ? Effect.interrupt : waitAfter(cause, device, logger)
          ),
          Effect.ensuring(Effect.sync(() => busy.delete(device))),
          Effect.andThen(wake.changed)
        )
        yield* Effect.forkChild(work)
      }
      yield* Effect.timeoutOption(changed, LOOK_MS)
    }
  }).pipe(Effect.retry(Schedule.spaced(RESTART_MS)), Effect.ignore)
}

/** An unexpected failure of one device's bulk sends delays no other device, and is not repeated at once. */
const waitAfter = (cause: Cause.Cause<unknown>, device: number, logger: Logger) =>
  Effect.sync(() => logger.error({ device, cause: String(cause) }, "a bulk send failed; it goes on in a minute")).pipe(
    Effect.andThen(Effect.sleep(LOOK_MS))
  )

/** Ends when the device has no bulk send that runs. */
const runDevice = (deviceNumber: number, logger: Logger) =>
  Effect.gen(function* () {
    const bulks = yield* BulkSends
    const wake = yield* BulkWake
    for (;;) {
      const changed = yield* wake.next
      const own = yield* bulks.running(deviceNumber)
      const now = yield* Clock.currentTimeMillis
      const due = own.find(({ startsAt }) => startsAt <= now)
      const [first] = own.toSorted((one, other) => one.startsAt - other.startsAt)
      if (first === undefined) return
      const waitMs = due === undefined ? first.startsAt - now : yield* step(due, logger)
      if (waitMs > 0) yield* Effect.timeoutOption(changed, Math.min(waitMs, LOOK_MS))
    }
  })

/** Takes the bulk send one step on, where it is time. Returns in how many milliseconds the next step may be possible. */
const step = (bulk: BulkSend, logger: Logger) =>
  Effect.gen(function* () {
    const bulks = yield* BulkSends
    const devices = yield* Devices
    const device = yield* devices.byDeviceNumber(bulk.deviceNumber)
    const origin = originOf(bulk)
    if (device === undefined) return RETRY_MS
    if (device.state === "removed") {
      yield* bulks.cancel(device, bulk.id, "device_removed", origin)
      return 0
    }
    const item = yield* bulks.next(bulk.id)
    if (item === undefined) {
      yield* bulks.finish(device, bulk.id, yield* bulks.counts(bulk.id), origin)
      logger.info({ bulk: bulk.id }, "a bulk send is finished")
      return 0
    }
    const reason = yield* stopReason(bulk, device)
    if (reason !== undefined) {
      yield* bulks.pause(device, bulk.id, reason, origin)
      logger.warn({ bulk: bulk.id, reason }, "a bulk send was paused")
      return 0
    }
    return yield* send(bulk, item, device)
  })

/** WhatsApp restricts those who go on. */
const stopReason = ({ deviceNumber, resumedAt }: BulkSend, { id }: Device) =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const live = yield* (yield* DeviceDirectory).view(id)
    if (live !== undefined && lockAt(live.context, now) !== undefined) return "account_restricted" as const
    const lastTurn = yield* (yield* BulkSends).lastTurn(deviceNumber)
    if (lastTurn === null) return undefined
    const [refused] = yield* (yield* Refusals).since(deviceNumber, Math.max(lastTurn, resumedAt), 1)
    return refused === undefined ? undefined : ("message_refused" as const)
  })

const send = (bulk: BulkSend, item: BulkItem, device: Device) =>
  Effect.gen(function* () {
    const bulks = yield* BulkSends
    const { deviceNumber } = device
    const at = yield* Clock.currentTimeMillis
    const known = yield* sentBefore(deviceNumber, item)
    const account = jidOf(item.recipient)
    const beginsChat =
      personOfChat(account, null) !== null &&
      !(yield* bulks.hasExchanged(deviceNumber, account, known?.position ?? Number.MAX_SAFE_INTEGER))
    if (known !== undefined) {
      yield* bulks.settle(item, { status: "accepted", beginsChat }, known.createdAt)
      return 0
    }
    const waitMs = yield* untilTurn(bulk, deviceNumber, beginsChat)
    if (waitMs > 0) return waitMs
    if (item.content === null) {
      yield* bulks.settle(item, { status: "failed", reason: "its content was deleted" }, at)
      return 0
    }
    const directory = yield* DeviceDirectory
    const { recipient: to, content, messageId } = item
    const command = { type: "Send" as const, to, content, messageId, ackTimeoutMs: 0 }
    return yield* directory.ask(device.id, { command, origin: originOf(bulk) }).pipe(
      Effect.andThen(bulks.settle(item, { status: "accepted", beginsChat }, at)),
      Effect.as(0),
      Effect.catchTags({
        NotOnWhatsApp: ({ message }) => Effect.as(bulks.settle(item, { status: "failed", reason: message }, at), 0),
        AccountRestricted: () => Effect.as(bulks.pause(device, bulk.id, "account_restricted", originOf(bulk)), 0),
        // Accepted in the meantime, which the next look shows; or accepted and then erased.
        MessageIdTaken: ({ message }) =>
          Effect.flatMap(sentBefore(deviceNumber, item), (accepted) =>
            accepted ? Effect.succeed(0) : Effect.as(bulks.settle(item, { status: "failed", reason: message }, at), 0)
          ),
        AskedTooOften: () => Effect.succeed(ASKED_TOO_OFTEN_MS),
        DeviceNotReady: () => Effect.succeed(RETRY_MS),
        NotConnected: () => Effect.succeed(RETRY_MS),
        NoAnswer: () => Effect.succeed(RETRY_MS),
        DeviceBusy: () => Effect.succeed(RETRY_MS)
      })
    )
  })

/** In how many milliseconds the message may go out. */
const untilTurn = ({ pacing: given }: BulkSend, deviceNumber: number, beginsChat: boolean) =>
  Effect.gen(function* () {
    const pacing = given as Pacing
    const bulks = yield* BulkSends
    const now = yield* Clock.currentTimeMillis
    // The pause is drawn again where the wait is interrupted, which changes nothing about its bounds.
    const due = nextAfter(pacing, yield* bulks.lastTurn(deviceNumber), yield* Random.next)
    const at = outsideQuiet(pacing, Math.max(due, now))
    const { newChatsPerDay, timeZone } = pacing
    if (!beginsChat || newChatsPerDay === null) return at - now
    const begun = yield* bulks.chatsBegunSince(deviceNumber, dayStart(at, timeZone))
    return (begun < newChatsPerDay ? at : outsideQuiet(pacing, nextDay(at, timeZone))) - now
  })

/** The message in the log; undefined where it was not accepted yet. */
const sentBefore = (deviceNumber: number, { messageId }: BulkItem) =>
  Effect.flatMap(Messages, (messages) => messages.sent(deviceNumber, messageId))
