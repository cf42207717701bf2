/**
 * SET_MESSAGES_AS_SEEN: tells senders that their messages to the operator's devices were read, a second after they arrive, as wwebjs-api does.
 *
 * It is a subscription. A device that is away when its messages are due says nothing of them.
 */
import { Clock, Effect, Schedule } from "effect"
import { gateway } from "../actors/origin.ts"
import { readEvent } from "../events/catalog.ts"
import type { RecordedEvent } from "../events/envelope.ts"
import { Devices, OPERATOR } from "../store/devices.ts"
import { runSubscription } from "../store/subscriptions/run.ts"
import { Subscriptions } from "../store/subscriptions/subscriptions.ts"
import { isAddress } from "../whatsapp/jid.ts"
import type { MessageRef } from "../whatsapp/operations/fields.ts"
import { operate } from "./operations.ts"

export const MARKING_SEEN = "marking-seen"

const DELAY_MS = 1_000
const CHATS_AT_ONCE = 8
const PAGE = 100
const REOPEN_MS = 1_000

/** Never ends, unless it is not wanted: then it removes the subscription, which trimming would wait for. */
export const markSeen = (isWanted: boolean) =>
  Effect.gen(function* () {
    const subscriptions = yield* Subscriptions
    if (!isWanted) {
      yield* subscriptions.remove(MARKING_SEEN)
      return
    }
    const subscription = yield* subscriptions.open(MARKING_SEEN, { from: "now" })
    yield* runSubscription(
      subscription,
      ({ events }) =>
        Effect.gen(function* () {
          const last = events.at(-1)
          const dueAt = (last?.recordedAt ?? 0) + DELAY_MS
          yield* Effect.sleep(Math.max(0, Math.min(DELAY_MS, dueAt - (yield* Clock.currentTimeMillis))))
          yield* Effect.forEach(chatsIn(events), tell, { concurrency: CHATS_AT_ONCE, discard: true })
        }),
      { types: ["message.received"], eventsMax: PAGE }
    )
  }).pipe(Effect.retry(Schedule.spaced(REOPEN_MS)), Effect.ignore)

interface Arrived {
  readonly deviceNumber: number
  readonly chat: string
  readonly messages: readonly MessageRef[]
}

const chatsIn = (events: readonly RecordedEvent[]): readonly Arrived[] => {
  const chats = new Map<string, Arrived>()
  for (const recorded of events) {
    const event = readEvent(recorded)
    const { device } = recorded
    if (event?.type !== "message.received" || device === null) continue
    const { chat, fromMe, messageId, sender, sentAt } = event.data
    if (fromMe || !isAddress(chat)) continue
    const key = `${device} ${chat}`
    const messages = chats.get(key)?.messages ?? []
    chats.set(key, { deviceNumber: device, chat, messages: [...messages, { messageId, fromMe, sender, sentAt }] })
  }
  return [...chats.values()]
}

const tell = ({ deviceNumber, chat, messages }: Arrived) =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const device = yield* devices.byDeviceNumber(deviceNumber)
    if (device?.owner !== OPERATOR || device.state !== "CONNECTED") return
    yield* Effect.ignore(operate({ device, name: "message.read", input: { chat, messages }, origin: gateway }))
  })
