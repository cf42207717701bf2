/**
 * The contract of every DeviceDirectory and DeviceHost, wherever the actors run. An implementation calls this function with a way to
 * start it; directory.test.ts does so for the one that runs actors in this process.
 */
import { Effect, Fiber, Stream } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { DeviceRef } from "../../src/actors/device-ref.ts"
import type { DeviceCommand } from "../../src/actors/device/commands.ts"
import { DeviceId } from "../../src/events/ids.ts"
import type { CommandKey } from "../../src/store/command-log.ts"
import { newId } from "../../src/store/new-id.ts"
import { asked, type TestDevices } from "../support/devices.ts"
import { origin } from "../support/store.ts"
import { until } from "../support/until.ts"

const CONTACT = "51999999999"
const by = "operator" as const

const key = (name: string): CommandKey => ({
  scope: "usr_1",
  key: name,
  fingerprint: new Uint8Array(32),
  until: "expiry"
})
const send = (text: string, ackTimeoutMs = 2_000) =>
  ({ type: "Send", to: CONTACT, content: { kind: "text", text }, ackTimeoutMs }) as const

export const directoryContract = (name: string, start: () => Promise<TestDevices>): void => {
  let devices: TestDevices
  beforeEach(async () => {
    devices = await start()
  })
  afterEach(async () => {
    await devices[Symbol.asyncDispose]()
  })

  const registration = (deviceNumber: number): DeviceCommand => ({
    type: "Register",
    deviceNumber,
    owner: { kind: "operator" },
    number: null,
    sessionId: `s${deviceNumber}`,
    name: null
  })
  const unborn = (): DeviceId => DeviceId.make(newId("dev", Date.now()))
  /** The typed failure of a command; defects reject. */
  const refusal = (id: DeviceId, command: DeviceCommand, claimed?: CommandKey) =>
    devices.run(Effect.flip(devices.directory.ask(id, { command, origin, key: claimed })))

  describe(`${name}: ask`, () => {
    it("creates a device with Register, once", async () => {
      const id = unborn()
      const live = await devices.run(devices.directory.ask(id, asked(registration(1))))
      expect(live).toMatchObject({ state: "NONE", context: { deviceId: id } })
      expect(await refusal(id, registration(1))).toMatchObject({ _tag: "CommandRefused" })
      expect(await devices.eventTypes({ id, deviceNumber: 1 })).toEqual(["device.registered"])
    })

    it("leaves nothing of a device whose registration failed", async () => {
      const id = unborn()
      devices.isStoreAway = true
      expect(await refusal(id, registration(1))).toMatchObject({ _tag: "StoreUnavailable" })
      devices.isStoreAway = false
      expect(await refusal(id, { type: "Connect", by })).toMatchObject({ _tag: "DeviceNotFound" })
      expect(await devices.run(devices.directory.view(id))).toBeUndefined()
    })

    it("fails with DeviceNotFound for a device that does not exist, or no longer", async () => {
      const device = await devices.register()
      await devices.ask(device, { type: "Remove", by })
      for (const id of [unborn(), device.id]) {
        expect(await refusal(id, { type: "Connect", by })).toMatchObject({ _tag: "DeviceNotFound" })
      }
    })

    it("resolves once the command's events are durable", async () => {
      const device = await devices.register()
      const { state } = await devices.ask(device, { type: "Connect", by })
      expect(state).toBe("INIT")
      expect(await devices.eventTypes(device)).toEqual(["device.registered", "connection.requested"])
    })

    it("refuses what the state does not allow, with the state, and changes nothing", async () => {
      const device = await devices.register()
      expect(await refusal(device.id, send("hola"))).toMatchObject({ _tag: "DeviceNotReady", state: "NONE" })
      expect(await devices.eventTypes(device)).toEqual(["device.registered"])
    })

    it("[OUT-2] carries a command out once per key", async () => {
      const device = await devices.connected()
      const command = send("hola")
      const first = await devices.run(devices.directory.ask(device.id, { command, origin, key: key("k") }))
      expect(first).toMatchObject({ status: "sent" })
      expect(await refusal(device.id, command, key("k"))).toMatchObject({ _tag: "DuplicateKey" })
      expect(devices.whatsapp.sent).toHaveLength(1)
      expect(await refusal(device.id, { type: "Close", by }, key("k"))).toMatchObject({ _tag: "DuplicateKey" })
      expect(await devices.state(device)).toBe("CONNECTED")
    })

    it("[OUT-5] carries one device's commands out in the order of the calls", async () => {
      const device = await devices.connected()
      const texts = Array.from({ length: 8 }, (_, n) => `text ${n}`)
      const asks = texts.map((text) => devices.directory.ask(device.id, asked(send(text))))
      await devices.run(Effect.all(asks, { concurrency: "unbounded" }))
      expect(devices.whatsapp.sent.map(({ content }) => (content as { text: string }).text)).toEqual(texts)
    })

    it("returns pending when the ack takes longer, and AwaitAck waits again", async () => {
      const device = await devices.connected()
      devices.whatsapp.onSend = () => Effect.void
      const { messageId, status } = await devices.ask(device, send("hola", 20))
      expect(status).toBe("pending")
      const awaited = devices.ask(device, { type: "AwaitAck", messageId, timeoutMs: 2_000 })
      devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "acknowledged", messageId })
      expect(await awaited).toMatchObject({ messageId, status: "sent" })
      expect(await devices.ask(device, { type: "AwaitAck", messageId, timeoutMs: 20 })).toBeUndefined()
    })

    it("[OUT-1] keeps a message whose caller was interrupted during the wait for the ack", async () => {
      const device = await devices.connected()
      devices.whatsapp.onSend = () => Effect.void
      await devices.run(Effect.timeoutOption(devices.directory.ask(device.id, asked(send("hola", 60_000))), 100))
      const types = await devices.eventTypes(device)
      expect(types.at(-1)).toBe("message.queued")
    })
  })

  describe(`${name}: view and watch`, () => {
    it("a view shows the effect of a command as soon as the command resolves", async () => {
      const device = await devices.register()
      for (const [command, state] of [
        [{ type: "Connect", by }, "INIT"],
        [{ type: "Close", by }, "NONE"]
      ] as const) {
        await devices.ask(device, command)
        expect((await devices.view(device))?.state).toBe(state)
      }
    })

    it("[SEC-4] a QR is watched and viewed while it is valid, and is in no event", async () => {
      const device = await devices.register()
      const shown: DeviceRef[] = []
      const watching = devices.run(
        Stream.runForEach(devices.directory.watch, (each) => Effect.sync(() => void shown.push(each))).pipe(
          Effect.forkDetach
        )
      )
      await devices.ask(device, { type: "Connect", by })
      const qr = { type: "qr" as const, text: "2@secret", expiresAt: Date.now() + 60_000 }
      await until(async () => {
        devices.whatsapp.socketOf(device.deviceNumber)?.hear(qr)
        return shown.length > 0
      }, "the watched QR")
      expect(shown[0]).toEqual(device)
      expect((await devices.view(device))?.qr?.text).toBe("2@secret")
      expect(JSON.stringify(await devices.events(device))).not.toContain("2@secret")
      await devices.run(Fiber.interrupt(await watching))
    })
  })

  describe(`${name}: the host`, () => {
    it("boots every device in order before it resumes connections", async () => {
      const wanted = await devices.connected()
      const closed = await devices.connected()
      await devices.ask(closed, { type: "Close", by })
      const opened = devices.whatsapp.sockets.length
      devices = await devices.killAndStart()
      await until(() => devices.whatsapp.sockets.length === opened + 1, "the one connection")
      expect((await devices.eventTypes(wanted)).slice(-2)).toEqual(["connection.interrupted", "connection.retried"])
      expect((await devices.eventTypes(closed)).at(-1)).toBe("connection.closed")
    })

    it("tells how many devices run, and what waits in their mailboxes", async () => {
      const before = (await devices.run(devices.host.mailboxes)).actors
      const device = await devices.connected()
      expect((await devices.run(devices.host.mailboxes)).actors).toBe(before + 1)
      await devices.ask(device, { type: "Close", by })
      await until(async () => (await devices.run(devices.host.mailboxes)).waiting === 0, "the mailboxes to be empty")
    })

    it("disconnects all devices, which reconnect on their own", async () => {
      const all = [await devices.connected(), await devices.connected()]
      await devices.run(devices.host.disconnect)
      for (const device of all) {
        await until(() => devices.whatsapp.socketsOf(device.deviceNumber).length === 3, "the next connection")
        devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "opened" })
        await devices.untilState(device, "CONNECTED")
      }
    })

    it("[DEV-3] stops all devices in order: closes their sockets, and records it", async () => {
      const all = [await devices.connected(), await devices.connected()]
      await devices.run(devices.host.stop(2_000))
      for (const device of all) {
        expect(devices.whatsapp.socketOf(device.deviceNumber)?.isClosed).toBe(true)
        expect((await devices.eventTypes(device)).at(-1)).toBe("connection.interrupted")
      }
    })
  })
}
