import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { Fault } from "../../src/sandbox/faults/fault.ts"
import { until } from "../support/until.ts"
import type { FaultName } from "./support/catalogue.ts"
import { CONTACT, note, quickSettings, Scene, type Subject } from "./support/scene.ts"
import { socketOf } from "./support/wiretap.ts"

vi.mock("@whiskeysockets/baileys", async (original) => (await import("./support/wiretap.ts")).tapped(await original()))

/** Longer than any retry takes here. */
const QUIET_MS = 400

const RETRY_FIRST_MS = Number(quickSettings.RETRY_FIRST_MS)
const RETRY_CAP_MS = Number(quickSettings.RETRY_CAP_MS)

let scene: Scene

beforeAll(async () => {
  scene = await Scene.start()
})
afterAll(() => scene[Symbol.asyncDispose]())

const network = () => scene.gateway.network
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const textsAtContact = () =>
  network()
    .contact(CONTACT)
    .inbox.map(({ text }) => text)

type Aimed<T> = T extends unknown ? Omit<T, "number"> : never

const order = (device: Subject, fault: Aimed<Fault>) => network().fault({ ...fault, number: device.numero })

/** A device that is CONNECTED when the fault begins, observed from then on. */
const strike = async (fault: Aimed<Fault>): Promise<Subject> => {
  const device = await scene.connected()
  order(device, fault)
  return device
}

/** The device is in ERROR, and the gateway opens no further connection. */
const hasGivenUp = async (device: Subject): Promise<void> => {
  await device.untilState("ERROR")
  const { connections } = network().stats()
  await pause(QUIET_MS)
  expect(network().stats().connections).toBe(connections)
}

describe("a connection that ends is reconnected", () => {
  it.for<[FaultName, Aimed<Fault>, number]>([
    ["TCP reset", { kind: "terminate" }, 428],
    ["close frame", { kind: "close" }, 428],
    ["end of stream", { kind: "stream_end" }, 428],
    ["stream error 503", { kind: "stream", code: 503 }, 503],
    ["stream error 500", { kind: "stream", code: 500 }, 500],
    ["stream error without a code", { kind: "stream" }, 500],
    ["replaced by another client, once", { kind: "replaced" }, 440],
    ["client outdated, once", { kind: "failure", code: 405 }, 405]
  ])("%s", async ([name, fault, code], test) => {
    const device = await strike(fault)
    expect((await device.until("connection.lost")).data).toMatchObject({ code, attempt: 1 })
    await device.untilBack()
    expect((await device.device()).paired).toBe(true)
    note(test, await device.row(name))
  })

  it("stream error 515: reopened at once, which is not a loss", async (test) => {
    const device = await strike({ kind: "stream", code: 515 })
    await device.until("connection.restarted")
    await until(
      () =>
        network()
          .phone(device.numero)
          .companions.some(({ connected }) => connected),
      "the login"
    )
    expect((await device.events()).map(({ type }) => type)).not.toContain("connection.lost")
    note(test, await device.row("stream error 515"))
  })

  it("messages sent while the next connection opens wait for it, and are not written into its handshake", async () => {
    const device = await scene.connected()
    await device.send()
    await device.observe()
    order(device, { kind: "stream", code: 515 })
    await device.until("connection.restarted")
    const answers = await Promise.all(Array.from({ length: 20 }, () => device.send()))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect((await device.events()).map(({ type }) => type)).not.toContain("connection.lost")
  })

  it("a login that is refused with 503 a few times is retried with growing delays", async (test) => {
    const device = await strike({ kind: "failure", code: 503, times: 3, untilCleared: true })
    await device.until("connection.lost", 2)
    await device.untilBack()
    const pauses = (await device.events()).filter(({ type }) => type === "connection.lost")
    expect(pauses.map(({ data }) => data.attempt)).toEqual(pauses.map((_, i) => i + 1))
    for (const [i, { data }] of pauses.entries()) {
      const full = Math.min(RETRY_CAP_MS, RETRY_FIRST_MS * 2 ** i)
      expect(data.retryInMs).toBeGreaterThanOrEqual(full / 2)
      expect(data.retryInMs).toBeLessThanOrEqual(full)
    }
    note(test, await device.row("login refused with 503, then accepted"))
  })
})

describe("[DEV-2] a permanent end is not retried", () => {
  it.for<[FaultName, Aimed<Fault>, string, string, boolean]>([
    ["unlinked by the phone", { kind: "logged_out" }, "logged_out", "relogin", false],
    ["login refused with 401", { kind: "failure", code: 401 }, "logged_out", "relogin", false],
    ["account locked", { kind: "failure", code: 403 }, "forbidden", "wait", true],
    ["account banned", { kind: "failure", code: 406 }, "banned", "wait", true],
    ["multi-device switched off (downgrade)", { kind: "downgrade" }, "multidevice_mismatch", "relogin", true]
  ])("%s", async ([name, fault, reason, userAction, paired], test) => {
    const device = await strike(fault)
    await hasGivenUp(device)
    expect(await device.device()).toMatchObject({ reason, userAction, paired })
    note(test, await device.row(name))
  })

  it("account banned for a time: the event says until when", async (test) => {
    const device = await strike({ kind: "failure", code: 402, expire: 3_600 })
    await hasGivenUp(device)
    const { data } = await device.until("connection.abandoned")
    expect(Math.abs(data.endsAt - Date.now() - 3_600_000)).toBeLessThan(10_000)
    note(test, await device.row("account banned for a time"))
  })

  it("replaced twice: the gateway does not reconnect until the user takes over", async (test) => {
    const device = await strike({ kind: "replaced" })
    const lost = await device.until("connection.lost")
    expect(lost.data.retryInMs).toBe(100)
    await device.untilBack()
    order(device, { kind: "replaced" })
    await hasGivenUp(device)
    const row = await device.row("replaced twice, then taken over by the user")
    await device.post("start", { takeOver: true })
    await device.untilState("CONNECTED")
    const taken = (await device.events()).find(({ type }) => type === "connection.requested")
    expect(taken?.data).toMatchObject({ takeOver: true })
    expect((await device.send()).status).toBe(200)
    note(test, { ...row, client: `${row.client}, start {takeOver} 200` })
  })

  it("client outdated, twice", async (test) => {
    const device = await strike({ kind: "failure", code: 405, untilCleared: true })
    await hasGivenUp(device)
    expect((await device.events()).filter(({ type }) => type === "connection.lost")).toHaveLength(1)
    expect(await device.device()).toMatchObject({ reason: "outdated", userAction: "upgrade", paired: true })
    note(test, await device.row("client outdated, twice"))
  })

  it.for([409, 412, 413, 414, 415] as const)("failure %i, repeated: a few retries, then ERROR", async (code, test) => {
    const device = await strike({ kind: "failure", code, times: 5, untilCleared: true })
    await hasGivenUp(device)
    expect((await device.events()).filter(({ type }) => type === "connection.lost")).toHaveLength(3)
    note(test, await device.row(`failure ${code}, repeated`))
  })

  it("ten losses within a minute of opening: from then on at the longest pause", async (test) => {
    const device = await scene.connected()
    for (let i = 1; i <= 10; i++) {
      order(device, i < 10 ? { kind: "terminate" } : { kind: "failure", code: 503, times: 8, untilCleared: true })
      if (i < 10) await device.until("connection.opened", i)
    }
    await device.until("connection.lost", 11)
    expect(await device.device()).toMatchObject({ state: "RECONNECTING", userAction: "check_network" })
    await device.until("connection.opened", 10)
    expect(await device.device()).toMatchObject({ state: "CONNECTED", userAction: null })
    note(test, await device.row("ten losses within a minute of opening"))
  })
})

describe.concurrent("a connection that dies silently", () => {
  it("server falls silent: 408 after two pings, and messages from the client are sent afterwards", async (test) => {
    const device = await scene.connected()
    await device.send()
    await device.until("message.delivered")
    await device.observe()
    order(device, { kind: "mute" })
    const { lastSeen } = await device.device()
    const answer = device.send("en el silencio")
    await pause(1_500)
    expect((await device.device()).lastSeen).toBe(lastSeen)
    await device.untilBack()
    const { status, body } = await answer
    expect(textsAtContact().filter((text) => text === "en el silencio")).toHaveLength(1)
    await device.until("message.delivered")
    expect(await device.message(body.messageId)).toMatchObject({ status: "delivered" })
    note(test, await device.row("server falls silent", { client: [`send during the silence ${status}`] }))
  })

  it("server freezes: the watchdog does not wait for a closing handshake", async (test) => {
    const device = await strike({ kind: "freeze" })
    await device.untilBack()
    note(test, await device.row("server freezes, TCP stays up"))
  })

  it("server silent for less than a ping: the connection stays, and messages of that time arrive", async (test) => {
    const device = await strike({ kind: "mute", forMs: 1_000 })
    const id = await network().contact(CONTACT).send(device.numero, { text: "entretanto" })
    const received = await device.until("message.received")
    expect(received.data.messageId).toBe(id)
    expect((await device.events()).filter(({ to }) => to !== null)).toEqual([])
    note(test, await device.row("server silent for less than a ping"))
  })

  it("login never answered: the watchdog ends the opening", async (test) => {
    const device = await scene.connected()
    order(device, { kind: "mute", untilCleared: true, times: 1 })
    order(device, { kind: "terminate" })
    await device.until("connection.lost", 2)
    await device.untilBack()
    note(test, await device.row("login never answered"))
  })

  it("deaf: the connection is found and reopened, and no message is lost (complaint 6)", async (test) => {
    const device = await scene.connected()
    // The cause that Baileys#2491 found: a holder never releases the lock that every message takes.
    void socketOf(device.numero).messageMutex.mutex(() => new Promise(() => {}))
    const id = await network().contact(CONTACT).send(device.numero, { text: "¿me oyes?" })
    await device.until("connection.lost")
    expect((await device.events()).map(({ type }) => type)).not.toContain("message.received")
    await device.untilBack()
    const received = await device.until("message.received")
    expect(received.data.messageId).toBe(id)
    note(test, await device.row("deaf: messages arrive, none is processed"))
  })
})

describe("what the gateway sees of a connection", () => {
  it("a message that comes again is not a sign of a deaf connection", async () => {
    const device = await scene.connected()
    const { socket } = socketOf(device.numero).ws as unknown as { readonly socket: object }
    const heard = network().stats().stanzasIn
    // WhatsApp does not learn that the message arrived, so it delivers it again on the next connection; its key is used up by then.
    Object.assign(socket, { send: (_frame: unknown, done: () => void) => done() })
    await network().contact(CONTACT).send(device.numero, { text: "otra vez" })
    await device.until("message.received")
    await pause(QUIET_MS)
    order(device, { kind: "terminate" })
    await device.until("connection.lost")
    await device.untilBack()
    await until(() => network().stats().stanzasWaiting === 0 && network().stats().stanzasIn > heard, "its ack")
    await device.observe()
    await pause(Number(quickSettings.WA_DEAF_AFTER_MS) + 1_500)
    expect((await device.events()).map(({ type }) => type)).toEqual([])
  })

  it("lastSeen advances with everything that arrives, pings included", async () => {
    const device = await scene.connected()
    const { lastSeen } = await device.device()
    await until(async () => (await device.device()).lastSeen > lastSeen, "a later lastSeen")
  })
})
