/** The wall clock is set forward, set back or frozen while a gateway runs. No timer depends on it. */
import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { DeviceDirectory } from "../../src/actors/directory.ts"
import type { DeviceRef } from "../../src/actors/device-ref.ts"
import { Messages } from "../../src/store/messages.ts"
import { sqlite } from "../support/dialects.ts"
import { Chance } from "./chance.ts"
import { checkHistory, checkNow, eventsOf } from "./invariants.ts"
import { connect } from "./simulation.ts"
import { World } from "./world.ts"

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const jumps = [
  ["set forward by 2 h", (world: World) => world.clock.setBy(2 * HOUR)],
  ["set back by 2 h", (world: World) => world.clock.setBy(-2 * HOUR)],
  ["frozen", (world: World) => world.clock.freeze()]
] as const

describe.each(jumps)("while the clock is %s", (_name, jump) => {
  let world: World
  let device: DeviceRef

  beforeEach(async () => {
    world = await World.create(new Chance(1), sqlite)
    await world.start()
    device = await world.register("51910000001")
    await connect(world, device)
  })
  afterEach(async () => {
    checkNow(world)
    await checkHistory(world)
    await world[Symbol.asyncDispose]()
  })

  const live = async () => world.run(Effect.flatMap(DeviceDirectory, (directory) => directory.view(device.id)))
  const lose = async () => {
    world.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "closed", code: 428 })
    await world.settle()
  }
  const comeBack = async () => {
    await world.advance(6 * MINUTE)
    expect((await live())?.state).toBe("RECONNECTING")
    world.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "opened" })
    await world.settle()
    expect((await live())?.state).toBe("CONNECTED")
  }

  it("[DEV-2] a retry comes once, after its pause, and an open connection stays open", async () => {
    const sockets = () => world.whatsapp.socketsOf(device.deviceNumber).length
    const before = sockets()
    jump(world)
    await world.advance(HOUR)
    expect(sockets()).toBe(before)
    await lose()
    const lost = (await eventsOf(world)).findLast(({ type }) => type === "connection.lost")
    const { retryInMs, openMs } = JSON.parse(lost?.text ?? "") as { retryInMs: number; openMs: number }
    expect(openMs).toBe(HOUR)
    await world.advance(retryInMs - 1)
    expect(sockets()).toBe(before)
    await world.advance(1)
    expect(sockets()).toBe(before + 1)
  })

  it("[DEV-2] a retry that is already waiting comes neither sooner nor later", async () => {
    await lose()
    const before = world.whatsapp.socketsOf(device.deviceNumber).length
    jump(world)
    await world.settle()
    expect(world.whatsapp.socketsOf(device.deviceNumber)).toHaveLength(before)
    await world.advance(SECOND)
    expect(world.whatsapp.socketsOf(device.deviceNumber)).toHaveLength(before + 1)
  })

  it("[DEV-2] the breaker counts short connections and no stable ones", async () => {
    jump(world)
    for (let i = 0; i < 12; i++) {
      await world.advance(10 * MINUTE)
      await lose()
      expect((await live())?.context.attempt).toBe(1)
      await comeBack()
    }
    for (let i = 0; i < 10; i++) {
      if (i > 0) {
        await world.advance(SECOND)
        world.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "opened" })
        await world.settle()
      }
      expect((await live())?.state).toBe("CONNECTED")
      await lose()
    }
    expect(await live()).toMatchObject({ state: "RECONNECTING", context: { userAction: "check_network" } })
  })

  it("[OUT-4] a message without an ack is given up after five minutes", async () => {
    world.whatsapp.onSend = () => Effect.void
    const statusOf = async (index: number) => {
      const messageId = world.whatsapp.sent[index]?.messageId ?? ""
      return (await world.run(Effect.flatMap(Messages, (messages) => messages.sent(device.deviceNumber, messageId))))
        ?.status
    }
    world.send(device)
    await world.settle()
    await world.advance(2 * MINUTE)
    jump(world)
    world.send(device)
    await world.settle()
    await world.advance(3 * MINUTE - 1)
    expect([await statusOf(0), await statusOf(1)]).toEqual(["queued", "queued"])
    await world.advance(1)
    expect([await statusOf(0), await statusOf(1)]).toEqual(["failed", "queued"])
    await world.advance(2 * MINUTE)
    expect([await statusOf(0), await statusOf(1)]).toEqual(["failed", "failed"])
  })

  it("[OUT-4] a message that waits through a restart is given up after five minutes too, though the clock is set back", async () => {
    world.whatsapp.onSend = () => Effect.void
    world.send(device)
    await world.settle()
    const messageId = world.whatsapp.sent[0]?.messageId ?? ""
    world.clock.setBy(-2 * HOUR)
    await world.startAgain()
    jump(world)
    await world.advance(5 * MINUTE)
    const row = await world.run(Effect.flatMap(Messages, (messages) => messages.sent(device.deviceNumber, messageId)))
    expect(row?.status).toBe("failed")
  })

  it("a device that no phone links is removed after an hour, and a QR is shown while it is valid", async () => {
    const unlinked = await world.register("51910000002")
    world.command(unlinked, { type: "Connect", by: "operator" })
    await world.settle()
    const expiresAt = world.clock.currentTimeMillisUnsafe() + 20 * SECOND
    world.whatsapp.socketOf(unlinked.deviceNumber)?.hear({ type: "qr", text: "secret", expiresAt })
    await world.settle()
    jump(world)
    const qr = async () =>
      (await world.run(Effect.flatMap(DeviceDirectory, (directory) => directory.view(unlinked.id))))?.qr
    await world.advance(20 * SECOND - 1)
    expect(await qr()).toMatchObject({ text: "secret", expiresAt })
    await world.advance(1)
    expect(await qr()).toBeNull()
    const expired = async () => (await eventsOf(world)).find(({ type }) => type === "device.expired")?.text
    await world.advance(HOUR - 20 * SECOND - 1)
    expect(await expired()).toBeUndefined()
    await world.advance(1)
    expect(await expired()).toMatch(/^\{"ageMs":\d+\}$/)
  })

  it("times in the log come from the clock, and are never earlier than the event before", async () => {
    jump(world)
    const before = (await eventsOf(world)).at(-1)?.recordedAt ?? 0
    for (let i = 0; i < 3; i++) {
      const said = world.clock.currentTimeMillisUnsafe()
      world.receive(device, `R${i}`)
      await world.settle()
      expect((await eventsOf(world)).at(-1)?.recordedAt).toBe(Math.max(before, said))
      await world.advance(MINUTE)
    }
    world.clock.correct()
    const times = (await eventsOf(world)).map(({ recordedAt }) => recordedAt)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })
})
