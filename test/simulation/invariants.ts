/** What must hold after any sequence of steps. Each check throws when it does not hold. */
import { Effect } from "effect"
import { DeviceDirectory } from "../../src/actors/directory.ts"
import { replayDevice } from "../../src/actors/device/replay.ts"
import type { RecordedEvent } from "../../src/events/envelope.ts"
import type { QueuedMessage } from "../../src/store/messages.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { Messages } from "../../src/store/messages.ts"
import { verifyLog } from "../../src/store/audit/verification.ts"
import type { World } from "./world.ts"

export class Broken extends Error {}

const must = (holds: boolean, promise: string, what: string): void => {
  if (!holds) throw new Broken(`${promise}: ${what}`)
}

/** Holds whenever no work is pending. */
export const checkNow = (world: World): void => {
  must(world.crashes.length === 0, "DEV-1", `an actor died of ${world.crashes.join(", ")}`)
  for (const { deviceNumber: number } of world.devices) {
    const open = world.whatsapp.socketsOf(number).filter(({ isClosed }) => !isClosed)
    must(open.length <= 1, "DEV-3", `device ${number} has ${open.length} sockets`)
  }
}

/** Holds while the store is available and the gateway runs. */
export const checkHistory = async (world: World): Promise<void> => {
  const verdict = await world.run(verifyLog({}))
  must(verdict.valid, "LOG-6", JSON.stringify(verdict))
  for (const device of world.devices) {
    const live = await world.run(Effect.flatMap(DeviceDirectory, (directory) => directory.view(device.id)))
    const { state, context } = await world.run(replayDevice(device.id, {}))
    const isSame = live === undefined || JSON.stringify([live.state, live.context]) === JSON.stringify([state, context])
    must(isSame, "LOG-5", `device ${device.deviceNumber} is ${live?.state}, its history says ${state}`)
  }
  const events = await eventsOf(world)
  const queued = queuedIn(events)
  const queuedIds = new Set(queued.map(({ messageId }) => messageId))
  must(queuedIds.size === queued.length, "OUT-4", "an id was given to two messages")
  for (const { text, messageId } of world.asked) {
    const copies = queued.filter(({ content }) => content.kind === "text" && content.text === text)
    must(copies.length <= 1, "OUT-4", `${text} was accepted ${copies.length} times`)
    if (messageId !== undefined)
      must(copies[0]?.messageId === messageId, "OUT-1", `${text} was accepted and is not there`)
  }
  const contents = new Map(queued.map(({ messageId, content }) => [messageId, JSON.stringify(content)]))
  for (const { messageId, content } of world.whatsapp.sent) {
    must(
      contents.get(messageId) === JSON.stringify(content),
      "OUT-4",
      `${messageId} was sent and is not in the log as such`
    )
  }
  checkOrder(world, queued)
  const { position: dropped } = await world.run(Effect.flatMap(EventLog, (log) => log.start))
  checkReceived(world, events, dropped)
}

/** Holds at the end, after all has worked for long enough. */
export const checkSettled = async (world: World): Promise<void> => {
  for (const { text, messageId, device } of world.asked) {
    if (messageId === undefined) continue
    const row = await world.run(Effect.flatMap(Messages, (messages) => messages.sent(device.deviceNumber, messageId)))
    const { position: dropped } = await world.run(Effect.flatMap(EventLog, (log) => log.start))
    const isDropped = world.past.some(
      ({ type, text: data, position }) => position <= dropped && type === "message.queued" && data?.includes(messageId)
    )
    must(
      isDropped || (row !== undefined && row.status !== "queued"),
      "OUT-4",
      `${text} was accepted, and nothing became of it`
    )
  }
  const states = await Promise.all(
    world.devices.map(({ id }) => world.run(Effect.flatMap(DeviceDirectory, (directory) => directory.view(id))))
  )
  for (const state of states) {
    const waits = state?.context.wanted && state.context.paired && state.state === "RECONNECTING"
    must(
      !waits,
      "DEV-2",
      `a device that is wanted was not taken up again: ${JSON.stringify(state && storeStateOf(state))}`
    )
  }
}

const storeStateOf = ({ state, context }: { state: string; context: object }) => ({ state, context })

/** The events after position `from`, including those that a trim dropped since. */
export const eventsOf = async (world: World, from = 0): Promise<readonly RecordedEvent[]> => {
  const all = world.past.filter(({ position }) => position > from)
  for (;;) {
    const after = all.at(-1)?.position ?? from
    const page = await world.run(Effect.flatMap(EventLog, (log) => log.readAll({ after, limit: 1_000 })))
    all.push(...page)
    if (page.length < 1_000) return all
  }
}

type Queued = QueuedMessage & { readonly position: number }

const queuedIn = (events: readonly RecordedEvent[]): readonly Queued[] =>
  events
    .filter(({ type }) => type === "message.queued")
    .map(({ text, position }) => ({ ...(JSON.parse(text ?? "") as QueuedMessage), position }))

/** Over one connection, the messages of a chat go out in the order in which the gateway accepted them. */
const checkOrder = (world: World, queued: readonly Queued[]): void => {
  const positions = new Map(queued.map(({ messageId, position }) => [messageId, position]))
  for (const socket of world.whatsapp.sockets) {
    const last = new Map<string, number>()
    for (const { messageId, chat } of socket.sent) {
      const position = positions.get(messageId) ?? 0
      must(position > (last.get(chat) ?? 0), "OUT-5", `${messageId} overtook another message of its chat`)
      last.set(chat, position)
    }
  }
}

/** The gateway does not recognise a message that was dropped by a trim when WhatsApp delivers it again. */
const checkReceived = (world: World, events: readonly RecordedEvent[], dropped: number): void => {
  const idsIn = (some: readonly RecordedEvent[]) =>
    some
      .filter(({ type }) => type === "message.received")
      .map(({ text, device }) => `${device} ${(JSON.parse(text ?? "") as { messageId: string }).messageId}`)
  const ids = idsIn(events)
  const known = idsIn(events.filter(({ position }) => position > dropped))
  must(new Set(known).size === known.length, "DEV-4", "a message was recorded twice")
  for (const confirmed of world.confirmed) {
    must(ids.includes(confirmed), "DEV-4", `${confirmed} was confirmed to WhatsApp and is not in the log`)
  }
}
