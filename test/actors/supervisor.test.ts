import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { identityOf } from "../support/fake-whatsapp.ts"
import { asked, TestDevices } from "../support/devices.ts"
import { until } from "../support/until.ts"

let devices: TestDevices

beforeEach(async () => {
  devices = await TestDevices.start()
})
afterEach(async () => {
  await devices[Symbol.asyncDispose]()
})

const hola = { to: "51999999999", content: { kind: "text" as const, text: "hola" }, ackTimeoutMs: 2_000 }

describe("a device actor that dies", () => {
  it("[DEV-1] does not affect another device, and starts again from the log", async () => {
    const victim = await devices.connected()
    const other = await devices.connected()
    let poison = true
    devices.whatsapp.onOpen = (socket) => {
      if (poison && socket.deviceNumber === victim.deviceNumber) throw new Error("an unexpected failure")
    }
    devices.whatsapp.socketOf(victim.deviceNumber)?.hear({ type: "closed", code: 428 })
    await until(() => devices.crashes.length >= 1, "the crash")
    expect(devices.crashes.map(({ id }) => id)).toContain(victim.id)
    expect((await devices.send(other, hola)).status).toBe("sent")
    poison = false
    const sockets = devices.whatsapp.socketsOf(victim.deviceNumber).length
    await until(() => devices.whatsapp.socketsOf(victim.deviceNumber).length > sockets, "the socket of the next life")
    devices.whatsapp.socketOf(victim.deviceNumber)?.hear({ type: "opened" })
    await devices.untilState(victim, "CONNECTED")
    expect(devices.crashes.every(({ id }) => id === victim.id)).toBe(true)
    expect((await devices.send(victim, hola)).status).toBe("sent")
  })

  it("[DEV-1] repeatedly is restarted after growing delays", async () => {
    const victim = await devices.connected()
    devices.whatsapp.onOpen = () => {
      throw new Error("an unexpected failure")
    }
    devices.whatsapp.socketOf(victim.deviceNumber)?.hear({ type: "closed", code: 428 })
    await until(() => devices.crashes.length === 3, "the third crash")
    expect(devices.crashes.map(({ restartInMs }) => restartInMs)).toEqual([500, 1_000, 2_000])
  })

  it("[DEV-1] leaves no caller waiting", async () => {
    const victim = await devices.connected()
    devices.whatsapp.onOpen = () => {
      throw new Error("an unexpected failure")
    }
    const restart = devices.directory.ask(victim.id, asked({ type: "Restart", by: "operator" }))
    const exit = await devices.run(Effect.exit(restart.pipe(Effect.timeout(5_000))))
    expect(exit._tag).toBe("Failure")
    expect(String(exit)).not.toContain("TimeoutError")
  })
})

describe("a start of the gateway", () => {
  it("records the interruption of every device that was left connected, and reconnects the wanted ones", async () => {
    const wanted = await devices.connected()
    const closed = await devices.connected()
    const unpaired = await devices.register()
    await devices.ask(closed, { type: "Close", by: "operator" })
    await devices.ask(unpaired, { type: "Connect", by: "operator" })
    const opened = devices.whatsapp.sockets.length
    devices = await devices.killAndStart()
    await until(() => devices.whatsapp.sockets.length === opened + 1, "the one connection")
    devices.whatsapp.socketOf(wanted.deviceNumber)?.hear({ type: "opened" })
    await devices.untilState(wanted, "CONNECTED")
    expect((await devices.eventTypes(wanted)).slice(-3)).toEqual([
      "connection.interrupted",
      "connection.retried",
      "connection.opened"
    ])
    expect((await devices.eventTypes(closed)).at(-1)).toBe("connection.closed")
    expect((await devices.eventTypes(unpaired)).at(-1)).toBe("connection.interrupted")
    expect(await devices.state(unpaired)).toBe("NONE")
  })

  it("[DEV-1] is not delayed by a device whose history cannot be read", async () => {
    const poisoned = await devices.connected()
    const other = await devices.connected()
    const spoil = {
      sql: "UPDATE event_payload SET text = '{' WHERE position = (SELECT MIN(position) FROM event_log WHERE device = ?)",
      parameters: [poisoned.deviceNumber]
    }
    await devices.run(devices.log.commit({ statements: [spoil] }))
    devices = await devices.killAndStart()
    await until(() => devices.whatsapp.socketsOf(other.deviceNumber).length === 3, "the connection of the other")
    devices.whatsapp.socketOf(other.deviceNumber)?.hear({ type: "opened" })
    await devices.untilState(other, "CONNECTED")
    expect(devices.crashes.every(({ id }) => id === poisoned.id)).toBe(true)
    expect(devices.crashes.length).toBeGreaterThan(0)
  })

  it("records a pairing that only the credentials know of", async () => {
    const device = await devices.register()
    await devices.ask(device, { type: "Connect", by: "operator" })
    devices.whatsapp.identities.set(device.deviceNumber, identityOf("51911111111"))
    devices = await devices.killAndStart()
    await until(() => devices.whatsapp.socketsOf(device.deviceNumber).length === 2, "the connection")
    expect(await devices.eventTypes(device)).toEqual([
      "device.registered",
      "connection.requested",
      "device.paired",
      "connection.interrupted",
      "connection.retried"
    ])
  })

  it("ignores credentials that a logout left behind", async () => {
    const device = await devices.connected({ number: "51922222222" })
    await devices.ask(device, { type: "LogOut", by: "operator" })
    devices.whatsapp.identities.set(device.deviceNumber, identityOf("51922222222"))
    devices = await devices.killAndStart()
    await devices.ask(device, { type: "Close", by: "operator" })
    expect((await devices.eventTypes(device)).at(-1)).toBe("device.logged_out")
  })

  it("[LOG-5] folds a long stream to the same state with and without its snapshot", async () => {
    const device = await devices.connected()
    for (let i = 0; i < 130; i++) {
      await devices.ask(device, { type: "Close", by: "operator" })
      await devices.ask(device, { type: "Connect", by: "operator" })
      devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "login_started" })
      devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "opened" })
      await devices.untilState(device, "CONNECTED")
    }
    await devices.ask(device, { type: "Close", by: "operator" })
    const before = (await devices.view(device))?.context
    devices = await devices.killAndStart()
    const fromSnapshot = await devices.ask(device, { type: "Close", by: "operator" })
    expect(fromSnapshot.context).toEqual(before)
  })
})
