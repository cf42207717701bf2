/**
 * WhatsApp may repeat, reorder or leave out deliveries: the log has each message once, with the furthest status that WhatsApp reported.
 * A real actor and a real store; the model is a set of ids and a map from id to status.
 */
import { Effect } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { DeviceRef } from "../../src/actors/device-ref.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { Messages } from "../../src/store/messages.ts"
import { sqlite } from "../support/dialects.ts"
import { times } from "../support/soak.ts"
import { Chance } from "./chance.ts"
import { eventsOf } from "./invariants.ts"
import { connect } from "./simulation.ts"
import { World } from "./world.ts"

const STATUSES = ["queued", "sent", "delivered", "read", "played"] as const
type Status = (typeof STATUSES)[number]
const RECEIPTS = ["delivered", "read", "played"] as const

const RECONNECTS_MAX = 3
const STABLE_MS = 61_000
const RETRY_MS = 10_000

let world: World
let device: DeviceRef

beforeAll(async () => {
  world = await World.create(new Chance(1), sqlite)
  await world.start()
  device = await world.register("51910000001")
  await connect(world, device)
})
afterAll(() => world[Symbol.asyncDispose]())

/** The messages that the store must know after this run. */
class Model {
  readonly received = new Set<string>()
  readonly sent = new Map<string, Status>()
  /** `id participant receipt` of groups. */
  readonly receipts = new Set<string>()
  reconnects = 0

  heard(id: string, status: Status): void {
    const known = this.sent.get(id)
    if (known === undefined || STATUSES.indexOf(status) > STATUSES.indexOf(known)) this.sent.set(id, status)
  }
}

/** All runs share the device; each run uses message ids of its own. */
class Real {
  static #runs = 0
  readonly prefix = `D${++Real.#runs}x`
  doesAcknowledge = true
  /** In the order in which the gateway accepted them. */
  readonly ids: string[] = []

  constructor(model: Model) {
    world.whatsapp.onSend = (socket, { messageId }) =>
      Effect.sync(() => {
        if (!this.doesAcknowledge) return
        model.heard(messageId, "sent")
        socket.hear({ type: "acknowledged", messageId })
      })
  }

  get socket() {
    const socket = world.whatsapp.socketOf(device.deviceNumber)
    if (!socket) throw new Error("the device has no socket")
    return socket
  }

  /** An accepted message, or an id that was never used. */
  idAt(index: number): string {
    return this.ids[index % (this.ids.length + 1)] ?? `${this.prefix}unknown`
  }
}

type Command = fc.AsyncCommand<Model, Real>

class Send implements Command {
  readonly doesAcknowledge: boolean
  constructor(doesAcknowledge: boolean) {
    this.doesAcknowledge = doesAcknowledge
  }
  check = () => true
  async run(model: Model, real: Real) {
    real.doesAcknowledge = this.doesAcknowledge
    const end = await logEnd()
    world.send(device)
    await world.settle()
    const queued = (await eventsOf(world, end)).find(({ type }) => type === "message.queued")
    const { messageId } = JSON.parse(queued?.text ?? "{}") as { messageId: string }
    real.ids.push(messageId)
    model.heard(messageId, "queued")
  }
  toString = () => `send(${this.doesAcknowledge ? "acknowledged" : "no word"})`
}

class Acknowledge implements Command {
  readonly index: number
  constructor(index: number) {
    this.index = index
  }
  check = () => true
  async run(model: Model, real: Real) {
    const messageId = real.idAt(this.index)
    real.socket.hear({ type: "acknowledged", messageId })
    await world.settle()
    if (model.sent.has(messageId)) model.heard(messageId, "sent")
  }
  toString = () => `acknowledge(${this.index})`
}

class Receipt implements Command {
  readonly index: number
  readonly receipt: (typeof RECEIPTS)[number]
  readonly participant: string | null
  readonly repeated: number
  constructor(index: number, receipt: (typeof RECEIPTS)[number], participant: string | null, repeated: number) {
    this.index = index
    this.receipt = receipt
    this.participant = participant
    this.repeated = repeated
  }
  check = () => true
  async run(model: Model, real: Real) {
    const messageId = real.idAt(this.index)
    const { receipt, participant } = this
    for (let time = 0; time <= this.repeated; time++) {
      real.socket.hear({ type: "receipt", messageId, receipt, at: null, participant })
    }
    await world.settle()
    if (!model.sent.has(messageId)) return
    model.receipts.add(`${messageId} ${participant} ${receipt}`)
    model.heard(messageId, receipt)
  }
  toString = () => `receipt(${this.index}, ${this.receipt}, ${this.participant}, ${this.repeated + 1} times)`
}

class Receive implements Command {
  readonly name: number
  readonly repeated: number
  constructor(name: number, repeated: number) {
    this.name = name
    this.repeated = repeated
  }
  check = () => true
  async run(model: Model, real: Real) {
    const id = `${real.prefix}${this.name}`
    for (let time = 0; time <= this.repeated; time++) world.receive(device, id)
    await world.settle()
    model.received.add(id)
  }
  toString = () => `receive(${this.name}, ${this.repeated + 1} times)`
}

/** An unacknowledged message is resent under its id. Few reconnects, so that no message expires and the breaker stays closed. */
class Reconnect implements Command {
  check = (model: Readonly<Model>) => model.reconnects < RECONNECTS_MAX
  async run(model: Model, real: Real) {
    model.reconnects++
    await world.advance(STABLE_MS)
    real.socket.hear({ type: "closed", code: 428 })
    await world.settle()
    await world.advance(RETRY_MS)
    real.socket.hear({ type: "opened" })
    await world.settle()
  }
  toString = () => "reconnect"
}

const logEnd = () => world.run(Effect.map(EventLog, (log) => log.end()))

const index = fc.nat({ max: 3 })
const repeated = fc.nat({ max: 2 })
const commands = [
  fc.boolean().map((acknowledged) => new Send(acknowledged)),
  index.map((at) => new Acknowledge(at)),
  fc
    .tuple(index, fc.constantFrom(...RECEIPTS), fc.constantFrom(null, "1@lid", "2@lid"), repeated)
    .map(([at, receipt, participant, again]) => new Receipt(at, receipt, participant, again)),
  fc.tuple(fc.nat({ max: 4 }), repeated).map(([name, again]) => new Receive(name, again)),
  fc.constant(new Reconnect())
]

const statusOf = (messageId: string) =>
  world.run(
    Effect.flatMap(Messages, (messages) =>
      Effect.map(messages.sent(device.deviceNumber, messageId), (row) => row?.status)
    )
  )

describe("repeated, reordered and missing deliveries", () => {
  it(
    "[DEV-4] [OUT-4] leave every message in the log once, with the furthest status that WhatsApp reported",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: "max" }), async (run) => {
          const model = new Model()
          const real = new Real(model)
          const before = await logEnd()
          await fc.asyncModelRun(() => ({ model, real }), run)
          for (const [id, status] of model.sent) expect([id, await statusOf(id)]).toEqual([id, status])
          const events = (await eventsOf(world, before)).map(({ type, text }) => ({
            type,
            data: JSON.parse(text ?? "{}") as { messageId: string; participant?: string }
          }))
          const of = (type: string) => events.filter((event) => event.type === type).map(({ data }) => data)
          expect(
            of("message.received")
              .map(({ messageId }) => messageId)
              .toSorted()
          ).toEqual([...model.received].toSorted())
          expect(of("message.queued").map(({ messageId }) => messageId)).toEqual(real.ids)
          const receipts = RECEIPTS.flatMap((receipt) =>
            of(`message.${receipt}`).map(
              ({ messageId, participant }) => `${messageId} ${participant ?? null} ${receipt}`
            )
          )
          expect(new Set(receipts).size).toBe(receipts.length)
          expect([...model.receipts]).toEqual(expect.arrayContaining(receipts))
          // No message of this run waits during the next one.
          for (const messageId of real.ids) real.socket.hear({ type: "acknowledged", messageId })
          await world.settle()
        }),
        { numRuns: times(40, 1_000), endOnFailure: true }
      )
    },
    times(60_000, 600_000)
  )
})
