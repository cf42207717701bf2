/**
 * A whole gateway driven by one seed: devices, messages, disconnects, store failures, kills. The invariants hold throughout; and once
 * everything works again, every accepted message is delivered or failed.
 */
import { Effect } from "effect"
import type { DeviceCommand } from "../../src/actors/device/commands.ts"
import { DeviceDirectory } from "../../src/actors/directory.ts"
import type { DeviceRef } from "../../src/actors/device-ref.ts"
import type { TestDialect } from "../support/dialects.ts"
import { identityOf } from "../support/fake-whatsapp.ts"
import { Chance } from "./chance.ts"
import type { StoreFault } from "./faulty-store.ts"
import { checkHistory, checkNow, checkSettled, eventsOf } from "./invariants.ts"
import { World } from "./world.ts"

export interface SimulationOptions {
  readonly dialect: TestDialect
  /** An extra delay of every response of the server, in real milliseconds. */
  readonly delayMs?: () => number
  readonly devices: number
  readonly steps: number
}

/** The steps taken and the resulting log: the same for the same seed. */
export interface Run {
  readonly steps: readonly string[]
  readonly history: readonly string[]
}

const CHECK_EVERY = 50
const CODES = [401, 403, 405, 408, 411, 428, 440, 500, 503, 515]

/** Rejects with the seed, the step and the last steps before it. */
export const simulate = async (seed: number, { dialect, delayMs, devices, steps }: SimulationOptions): Promise<Run> => {
  const chance = new Chance(seed)
  await using world = await World.create(chance, dialect, delayMs)
  const done: string[] = []
  try {
    await world.start()
    for (let nth = 1; nth <= devices; nth++) await connect(world, await world.register(`5191000000${nth}`))
    const unruly = new Unruly(world, chance)
    for (let step = 1; step <= steps; step++) {
      done.push(await unruly.step())
      await world.settle()
      checkNow(world)
      if (step % CHECK_EVERY === 0) {
        await recover(world)
        await checkHistory(world)
        unruly.resume()
      }
    }
    await recover(world)
    await checkSettled(world)
    await world.startAgain()
    await recover(world)
    await checkHistory(world)
    await checkSettled(world)
  } catch (failure) {
    throw new Error(`seed ${seed}, step ${done.length}: ${(failure as Error).message}\n${done.slice(-30).join("\n")}`, {
      cause: failure
    })
  }
  const history = (await eventsOf(world)).map(
    ({ position, device, version, type, toState, recordedAt }) =>
      `${position} ${device} ${version} ${type} ${toState} ${recordedAt}`
  )
  return { steps: done, history }
}

/** Pairs and connects it as a real device does. */
export const connect = async (world: World, device: DeviceRef): Promise<void> => {
  world.command(device, { type: "Connect", by: "operator" })
  await world.settle()
  await pair(world, device)
  world.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "opened" })
  await world.settle()
}

const numberOf = (device: DeviceRef): string => `5191000000${device.deviceNumber}`

const pair = async (world: World, device: DeviceRef): Promise<void> => {
  const socket = world.whatsapp.socketOf(device.deviceNumber)
  socket?.hear({ type: "qr", text: "secret", expiresAt: 0 })
  await world.settle()
  socket?.pair(numberOf(device))
  await world.settle()
  socket?.hear({ type: "closed", code: 515 })
  await world.settle()
}

/** The store and WhatsApp work, and time passes for longer than any message waits. */
export const recover = async (world: World): Promise<void> => {
  world.nextFault = () => "none"
  world.whatsapp.onSend = (socket, { messageId }) => Effect.sync(() => socket.hear({ type: "acknowledged", messageId }))
  for (let round = 0; round < 12; round++) {
    for (const device of world.devices) {
      const socket = world.whatsapp.socketOf(device.deviceNumber)
      const isLinked = world.whatsapp.identities.has(device.deviceNumber)
      if (!socket || socket.isClosed || socket.isOpen) continue
      if (isLinked) socket.hear({ type: "opened" })
      else if (await isPaired(world, device)) socket.hear({ type: "closed", code: 401 })
    }
    await world.settle()
    await world.advance(60_000)
  }
}

/** What the gateway believes; WhatsApp may have unlinked the device meanwhile. */
const isPaired = async (world: World, { id }: DeviceRef): Promise<boolean> => {
  const live = await world.run(Effect.flatMap(DeviceDirectory, (directory) => directory.view(id)))
  return live?.context.paired ?? false
}

/** Takes any step that can occur. */
class Unruly {
  readonly #world: World
  readonly #chance: Chance
  readonly #unacknowledged: (() => void)[] = []
  #received = 0

  constructor(world: World, chance: Chance) {
    this.#world = world
    this.#chance = chance
    this.resume()
  }

  /** WhatsApp acknowledges, refuses, delays or drops messages at random. */
  resume(): void {
    const { whatsapp } = this.#world
    whatsapp.onSend = (socket, { messageId }) =>
      Effect.sync(() => {
        const acknowledge = () => socket.hear({ type: "acknowledged", messageId })
        this.#chance.weighted<() => void>([
          [5, acknowledge],
          [2, () => void this.#unacknowledged.push(acknowledge)],
          [1, () => {}],
          [1, () => socket.hear({ type: "refused", messageId, code: "463" })]
        ])()
      })
  }

  async step(): Promise<string> {
    const device = this.#chance.one(this.#world.devices)
    const [name, act] = this.#chance.weighted<readonly [string, () => void | Promise<void>]>([
      [8, ["sends", () => this.#world.send(device)]],
      [3, ["sends twice", () => [1, 2].forEach(() => this.#world.send(device))]],
      [5, ["receives", () => this.#receive(device)]],
      [4, ["gets a receipt", () => this.#receipt(device)]],
      [3, ["is acknowledged late", () => this.#unacknowledged.shift()?.()]],
      [6, ["is heard of", () => this.#hear(device)]],
      [3, ["is commanded", () => this.#command(device)]],
      [3, ["a store fault", () => this.#failStore()]],
      [3, ["a store that is well", () => void (this.#world.nextFault = () => "none")]],
      [6, ["time", () => this.#world.advance(this.#chance.one([10, 200, 3_000, 40_000, 320_000]))]],
      [2, ["the log is trimmed", () => this.#world.trim(this.#chance.next())]],
      [2, ["the clock is set", () => this.#setClock()]],
      [1, ["a kill", () => this.#world.startAgain()]]
    ])
    await act()
    return `${device.deviceNumber} ${name}`
  }

  #receive(device: DeviceRef): void {
    const id = `R${this.#chance.below(++this.#received)}`
    this.#world.receive(device, id)
    if (this.#chance.next() < 0.3) this.#world.receive(device, id)
  }

  #receipt(device: DeviceRef): void {
    const sent = this.#world.whatsapp.sent.filter((message) => message.device === device.deviceNumber)
    if (sent.length === 0) return
    const { messageId } = this.#chance.one(sent)
    const receipt = this.#chance.one(["delivered", "read", "played"] as const)
    this.#world.whatsapp
      .socketOf(device.deviceNumber)
      ?.hear({ type: "receipt", messageId, receipt, at: null, participant: null })
  }

  #hear(device: DeviceRef): void {
    const socket = this.#world.whatsapp.socketOf(device.deviceNumber)
    if (!socket || socket.isClosed) return
    const { identities } = this.#world.whatsapp
    const isLinked = identities.has(device.deviceNumber)
    const close = () => {
      const code = this.#chance.one(CODES)
      if (code === 401) identities.delete(device.deviceNumber)
      socket.hear({ type: "closed", code })
    }
    this.#chance.weighted<() => void>([
      [isLinked && !socket.isOpen ? 8 : 0, () => socket.hear({ type: "opened" })],
      [isLinked ? 0 : 4, () => socket.hear({ type: "qr", text: "secret", expiresAt: 0 })],
      [isLinked ? 0 : 4, () => socket.pair(numberOf(device))],
      [isLinked ? 0 : 1, () => socket.hear({ type: "paired", identity: identityOf("51900000009") })],
      [1, () => socket.hear({ type: "login_started" })],
      [1, () => socket.hear({ type: "progressed", percent: this.#chance.below(101) })],
      [3, close]
    ])()
  }

  #command(device: DeviceRef): void {
    const by = "operator" as const
    const commands: readonly (readonly [number, DeviceCommand])[] = [
      [8, { type: "Connect", by }],
      [2, { type: "Close", by }],
      [2, { type: "Restart", by }],
      [1, { type: "LogOut", by }],
      [1, { type: "Reset", by }]
    ]
    const command = this.#chance.weighted(commands)
    if (command.type === "LogOut" || command.type === "Reset")
      this.#world.whatsapp.identities.delete(device.deviceNumber)
    this.#world.command(device, command)
  }

  #setClock(): void {
    const { clock } = this.#world
    const hours = 3_600_000
    this.#chance.one([
      () => clock.setBy(2 * hours),
      () => clock.setBy(-2 * hours),
      () => clock.freeze(),
      () => clock.correct()
    ])()
  }

  #failStore(): void {
    const faults: readonly StoreFault[] = this.#chance.one([
      ["away"],
      ["none", "away"],
      ["none", "lost, committed"],
      ["none", "lost, rolled back"]
    ])
    this.#world.nextFault = () => this.#chance.one(faults)
  }
}
