import { Deferred, Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { erasureStream } from "../../../src/events/streams.ts"
import { newMessageId } from "../../../src/whatsapp/message-id.ts"
import { asked, TestDevices } from "../../support/devices.ts"
import { until } from "../../support/until.ts"
import { origin } from "../../support/store.ts"

const CONTACT = "51999999999"

let devices: TestDevices

beforeEach(async () => {
  devices = await TestDevices.start()
})
afterEach(async () => {
  await devices[Symbol.asyncDispose]()
})

const text = (words: string, to = CONTACT, ackTimeoutMs = 2_000) => ({
  type: "Send" as const,
  to,
  content: { kind: "text" as const, text: words },
  ackTimeoutMs
})

const failureOf = <E>(effect: Effect.Effect<unknown, E>) => Effect.runPromise(Effect.flip(effect))

describe("a device actor", () => {
  it("pairs, restarts and connects, and records each step before anything happens", async () => {
    const device = await devices.connected()
    expect(await devices.eventTypes(device)).toEqual([
      "device.registered",
      "connection.requested",
      "pairing.qr_issued",
      "device.paired",
      "connection.restarted",
      "connection.opened"
    ])
  })

  it("keeps the QR out of the log, and shows it while the state is QR", async () => {
    const device = await devices.register()
    await devices.ask(device, { type: "Connect", by: "operator" })
    devices.whatsapp
      .socketOf(device.deviceNumber)
      ?.hear({ type: "qr", text: "2@secret", expiresAt: Date.now() + 60_000 })
    await devices.untilState(device, "QR")
    await until(async () => (await devices.view(device))?.qr?.text === "2@secret", "the QR")
    devices.whatsapp.socketOf(device.deviceNumber)?.pair(CONTACT)
    await devices.untilState(device, "LOADING")
    expect((await devices.view(device))?.qr).toBeNull()
    expect(JSON.stringify(await devices.events(device))).not.toContain("2@secret")
  })

  it("sends a message: accepted, sent, acknowledged", async () => {
    const device = await devices.connected()
    const outcome = await devices.ask(device, text("hola"))
    expect(outcome).toMatchObject({ status: "sent", chat: `${CONTACT}@s.whatsapp.net` })
    expect(devices.whatsapp.sent).toMatchObject([{ messageId: outcome.messageId }])
    expect((await devices.eventTypes(device)).slice(-2)).toEqual(["message.queued", "message.sent"])
  })

  it("refuses to send when it is not CONNECTED, and changes nothing", async () => {
    const device = await devices.register()
    const failure = await failureOf(devices.directory.ask(device.id, asked(text("hola"))))
    expect(failure).toMatchObject({ _tag: "DeviceNotReady", state: "NONE" })
    expect(await devices.eventTypes(device)).toEqual(["device.registered"])
  })

  it("reports a number that is not on WhatsApp, looks it up once, and records nothing", async () => {
    const device = await devices.connected()
    devices.whatsapp.absent.add("51900000000")
    const before = await devices.eventTypes(device)
    for (let i = 0; i < 2; i++) {
      const failure = await failureOf(devices.directory.ask(device.id, asked(text("hola", "51900000000"))))
      expect(failure).toMatchObject({ _tag: "NotOnWhatsApp", number: "51900000000" })
    }
    expect(devices.whatsapp.asked).toEqual(["51900000000"])
    expect(await devices.eventTypes(device)).toEqual(before)
  })

  it.each([
    ["stop", { type: "Close", by: "operator" }, "NONE"],
    ["restart", { type: "Restart", by: "operator" }, "RECONNECTING"],
    ["logout", { type: "LogOut", by: "operator" }, "NONE"],
    ["removal", { type: "Remove", by: "operator" }, "removed"]
  ] as const)(
    "[OUT-1] refuses a first message to a contact at once on a %s during the look-up",
    async (_, command, state) => {
      const device = await devices.connected()
      devices.whatsapp.isSilent = true
      const sending = failureOf(devices.directory.ask(device.id, asked(text("hola"))))
      await until(() => devices.whatsapp.asked.length === 1, "the look-up")
      await devices.ask(device, command)
      expect(await sending).toMatchObject({ _tag: "DeviceNotReady", state })
      expect(await devices.eventTypes(device)).not.toContain("message.queued")
    }
  )

  it("[OUT-1] refuses it at once when the connection is lost during the look-up", async () => {
    const device = await devices.connected()
    devices.whatsapp.isSilent = true
    const sending = failureOf(devices.directory.ask(device.id, asked(text("hola"))))
    await until(() => devices.whatsapp.asked.length === 1, "the look-up")
    devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "closed", code: 428 })
    expect(await sending).toMatchObject({ _tag: "DeviceNotReady", state: "RECONNECTING" })
  })

  it("returns WhatsApp's refusal, and does not send the message again", async () => {
    const device = await devices.connected()
    devices.whatsapp.onSend = (socket, { messageId }) =>
      Effect.sync(() => socket.hear({ type: "refused", messageId, code: "463" }))
    const outcome = await devices.ask(device, text("hola"))
    expect(outcome).toMatchObject({ status: "failed", code: "463" })
    devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "closed", code: 428 })
    await until(() => devices.whatsapp.socketsOf(device.deviceNumber).length === 3, "the next connection")
    devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "opened" })
    await devices.untilState(device, "CONNECTED")
    expect(devices.whatsapp.sent).toHaveLength(1)
  })

  it("[OUT-4] resends an unacknowledged message under the same id after a reconnect", async () => {
    const device = await devices.connected()
    devices.whatsapp.onSend = () => Effect.void
    const outcome = await devices.ask(device, text("hola", CONTACT, 50))
    expect(outcome.status).toBe("pending")
    devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "closed", code: 428 })
    await until(() => devices.whatsapp.socketsOf(device.deviceNumber).length === 3, "the next connection")
    devices.whatsapp.onSend = (socket, { messageId }) =>
      Effect.sync(() => socket.hear({ type: "acknowledged", messageId }))
    devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "opened" })
    await until(async () => (await devices.eventTypes(device)).includes("message.sent"), "the acknowledgement")
    expect(devices.whatsapp.sent.map(({ messageId }) => messageId)).toEqual([outcome.messageId, outcome.messageId])
  })

  it("[OUT-4] does not resend a message after a kill if it was acknowledged before", async () => {
    const device = await devices.connected()
    await devices.ask(device, text("hola"))
    devices = await devices.killAndStart()
    await until(() => devices.whatsapp.socketsOf(device.deviceNumber).length === 3, "the connection after the start")
    devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "opened" })
    await devices.untilState(device, "CONNECTED")
    const { messageId } = await devices.ask(device, text("otra"))
    expect(devices.whatsapp.sent.map((sent) => sent.messageId).slice(1)).toEqual([messageId])
  })

  it("[OUT-5] sends waiting messages after a kill in the order of acceptance", async () => {
    const device = await devices.connected()
    devices.whatsapp.onSend = () => Effect.void
    for (const words of ["uno", "dos", "tres"]) {
      await devices.ask(device, text(words, CONTACT, 10))
    }
    const accepted = devices.whatsapp.sent.map(({ messageId }) => messageId)
    devices = await devices.killAndStart()
    await until(() => devices.whatsapp.socketsOf(device.deviceNumber).length === 3, "the connection after the start")
    devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "opened" })
    await until(() => devices.whatsapp.sent.length === 6, "all of them")
    expect(devices.whatsapp.sent.map(({ messageId }) => messageId)).toEqual([...accepted, ...accepted])
  })

  it("[OUT-4] resends an unacknowledged message under the same id after a kill", async () => {
    const device = await devices.connected()
    devices.whatsapp.onSend = () => Effect.void
    const { messageId } = await devices.ask(device, text("hola", CONTACT, 50))
    devices = await devices.killAndStart()
    await until(() => devices.whatsapp.socketsOf(device.deviceNumber).length === 3, "the connection after the start")
    devices.whatsapp.onSend = (socket, message) =>
      Effect.sync(() => socket.hear({ type: "acknowledged", messageId: message.messageId }))
    devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "opened" })
    await until(async () => (await devices.eventTypes(device)).includes("message.sent"), "the acknowledgement")
    expect(new Set(devices.whatsapp.sent.map((sent) => sent.messageId))).toEqual(new Set([messageId]))
    expect(await devices.eventTypes(device)).toContain("connection.interrupted")
  })

  it("gives up a message that WhatsApp does not acknowledge, and records it if the message arrives later", async () => {
    await devices[Symbol.asyncDispose]()
    devices = await TestDevices.start({ settings: { messageExpiresMs: 100 } })
    const device = await devices.connected()
    devices.whatsapp.onSend = () => Effect.void
    const outcome = await devices.ask(device, text("hola"))
    expect(outcome).toMatchObject({ status: "failed", code: "expired" })
    const receipt = {
      type: "receipt" as const,
      messageId: outcome.messageId,
      receipt: "delivered" as const,
      at: null,
      participant: null
    }
    devices.whatsapp.socketOf(device.deviceNumber)?.hear(receipt)
    await until(async () => (await devices.eventTypes(device)).includes("message.delivered"), "the late receipt")
  })

  it("[OUT-5] keeps the order within a chat, and no chat waits for another", async () => {
    const device = await devices.connected()
    const quickIsGone = Deferred.makeUnsafe<void>()
    devices.whatsapp.onSend = (socket, message) =>
      Effect.gen(function* () {
        // The first chat is held up until the other one has sent.
        if (message.chat.startsWith(CONTACT)) yield* Deferred.await(quickIsGone)
        else yield* Deferred.succeed(quickIsGone, undefined)
        socket.hear({ type: "acknowledged", messageId: message.messageId })
      })
    const sends = ["1", "2", "3", "4", "5"].map((words) => devices.directory.ask(device.id, asked(text(words))))
    const quick = devices.directory.ask(device.id, asked(text("quick", "51988888888")))
    await devices.run(Effect.all([...sends, quick], { concurrency: "unbounded" }))
    const slowOnes = devices.whatsapp.sent.filter(({ chat }) => chat.startsWith(CONTACT))
    expect(slowOnes.map(({ content }) => (content as { text: string }).text)).toEqual(["1", "2", "3", "4", "5"])
    const position = devices.whatsapp.sent.findIndex(({ chat }) => !chat.startsWith(CONTACT))
    expect(position).toBe(1)
  })

  it("responds DeviceBusy when too many commands or messages wait", async () => {
    const device = await devices.connected()
    devices.whatsapp.onSend = () => Effect.void
    const sends = Array.from({ length: 12 }, (_, i) =>
      devices.directory.ask(device.id, asked(text(`${i}`, CONTACT, 50))).pipe(Effect.result)
    )
    const results = await devices.run(Effect.all(sends, { concurrency: "unbounded" }))
    const refused = results.filter((result) => result._tag === "Failure")
    expect(refused).toHaveLength(2)
    expect(refused[0]).toMatchObject({ failure: { _tag: "DeviceBusy" } })
  })

  const fromContact = () => ({
    type: "message" as const,
    id: newMessageId(),
    chat: `${CONTACT}@s.whatsapp.net`,
    chatAlt: null,
    sender: `${CONTACT}@s.whatsapp.net`,
    senderAlt: null,
    fromMe: false,
    pushName: "Beto",
    sentAt: Date.now(),
    offline: false,
    content: { kind: "text" as const, text: "hola" }
  })

  it("[LOG-8] does not record an erased message again when WhatsApp delivers it again", async () => {
    const device = await devices.connected()
    const [erased, other] = [fromContact(), fromContact()]
    const data = { messages: [erased.id], positions: [], receipts: [], reason: null }
    const append = {
      stream: erasureStream(device.id),
      device: device.deviceNumber,
      expected: "any" as const,
      events: [{ type: "content.erased" as const, data }],
      origin
    }
    await devices.run(devices.log.commit({ appends: [append] }))
    devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "received", messages: [erased, other] })
    const ids = async () =>
      (await devices.events(device))
        .filter(({ type }) => type === "message.received")
        .map(({ text: payload }) => (JSON.parse(payload ?? "") as { messageId: string }).messageId)
    await until(async () => (await ids()).includes(other.id), "the other message")
    expect(await ids()).toEqual([other.id])
  })

  it("records a received message once, however often WhatsApp delivers it", async () => {
    const device = await devices.connected()
    const message = fromContact()
    const socket = devices.whatsapp.socketOf(device.deviceNumber)
    socket?.hear({ type: "received", messages: [message, message] })
    socket?.hear({ type: "received", messages: [{ ...message, offline: true }] })
    socket?.hear({ type: "received", messages: [{ ...message, id: newMessageId() }] })
    await until(
      async () => (await devices.eventTypes(device)).filter((type) => type === "message.received").length === 2,
      "both messages"
    )
  })

  it("[DEV-3] opens no second socket before the first is closed, and ignores lifecycle signals of an old one", async () => {
    const device = await devices.connected()
    const old = devices.whatsapp.socketOf(device.deviceNumber)
    await devices.ask(device, { type: "Restart", by: "operator" })
    expect(old?.isClosed).toBe(true)
    const [present] = [devices.whatsapp.socketOf(device.deviceNumber)]
    expect(devices.whatsapp.socketsOf(device.deviceNumber).filter((socket) => !socket.isClosed)).toEqual([present])
    if (old) old.isClosed = false
    old?.hear({ type: "closed", code: 401 })
    present?.hear({ type: "opened" })
    await devices.untilState(device, "CONNECTED")
    expect(await devices.eventTypes(device)).not.toContain("device.logged_out")
  })

  it("[DEV-2] reconnects on its own after a loss", async () => {
    const device = await devices.connected()
    devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "closed", code: 428 })
    await until(() => devices.whatsapp.socketsOf(device.deviceNumber).length === 3, "the retry")
    devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "opened" })
    await devices.untilState(device, "CONNECTED")
  })

  it("requests the newest version after 405, once", async () => {
    const device = await devices.connected()
    devices.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "closed", code: 405 })
    await until(() => devices.whatsapp.socketsOf(device.deviceNumber).length === 3, "the retry")
    expect(devices.whatsapp.socketOf(device.deviceNumber)?.refreshedVersion).toBe(true)
  })

  it("reports a logout to WhatsApp, and deletes the link", async () => {
    const device = await devices.connected()
    const socket = devices.whatsapp.socketOf(device.deviceNumber)
    const live = await devices.ask(device, { type: "LogOut", by: "operator" })
    expect(live).toMatchObject({ state: "NONE", context: { paired: false } })
    expect(socket).toMatchObject({ isUnlinked: true, isClosed: true })
  })

  it("gives up waiting messages when the device is removed, and then no longer exists", async () => {
    const device = await devices.connected()
    devices.whatsapp.onSend = () => Effect.void
    await devices.ask(device, text("hola", CONTACT, 20))
    await devices.ask(device, { type: "Remove", by: "operator" })
    expect((await devices.eventTypes(device)).slice(-2)).toEqual(["message.failed", "device.removed"])
    const failure = await failureOf(devices.directory.ask(device.id, asked({ type: "Connect", by: "operator" })))
    expect(failure).toMatchObject({ _tag: "DeviceNotFound" })
  })
})

describe("while the store is unavailable", () => {
  it("holds signals and records them in order when the store is back; commands fail", async () => {
    const device = await devices.connected()
    const socket = devices.whatsapp.socketOf(device.deviceNumber)
    devices.isStoreAway = true
    socket?.hear({ type: "closed", code: 428 })
    const failure = await until(
      () =>
        failureOf(
          devices.directory.ask(device.id, asked({ type: "Close", by: "operator" })).pipe(Effect.timeout(1_000))
        ),
      "an answer"
    )
    expect(failure).toMatchObject({ _tag: "StoreUnavailable" })
    expect(await devices.state(device)).toBe("CONNECTED")
    expect(devices.whatsapp.socketsOf(device.deviceNumber)).toHaveLength(2)
    devices.isStoreAway = false
    await until(() => devices.whatsapp.socketsOf(device.deviceNumber).length === 3, "the retry")
    expect((await devices.eventTypes(device)).slice(-2)).toEqual(["connection.lost", "connection.retried"])
  })

  it("accepts no message, and loses none that it accepted", async () => {
    const device = await devices.connected()
    devices.isStoreAway = true
    const failure = await failureOf(devices.directory.ask(device.id, asked(text("hola"))))
    expect(failure).toMatchObject({ _tag: "StoreUnavailable" })
    devices.isStoreAway = false
    expect(devices.whatsapp.sent).toEqual([])
    const outcome = await devices.ask(device, text("hola"))
    expect(outcome.status).toBe("sent")
  })

  it("closes the socket when too many signals wait, and reconnects later", async () => {
    const device = await devices.connected()
    const socket = devices.whatsapp.socketOf(device.deviceNumber)
    devices.isStoreAway = true
    for (let i = 0; i < 150; i++) {
      socket?.hear({
        type: "received",
        messages: [
          {
            type: "message",
            id: `M${i}`,
            chat: "c",
            chatAlt: null,
            sender: "c",
            senderAlt: null,
            fromMe: false,
            pushName: null,
            sentAt: 0,
            offline: false,
            content: { kind: "text", text: "x" }
          }
        ]
      })
    }
    devices.isStoreAway = false
    await until(() => devices.whatsapp.socketsOf(device.deviceNumber).length === 3, "the next connection")
    expect(socket?.isClosed).toBe(true)
    const received = (await devices.eventTypes(device)).filter((type) => type === "message.received")
    expect(received).toHaveLength(150)
  })
})

describe("a stop", () => {
  it("flushes and closes the socket, and records the interruption", async () => {
    const device = await devices.connected()
    await devices.run(devices.host.stop(2_000))
    expect(devices.whatsapp.socketOf(device.deviceNumber)?.isClosed).toBe(true)
    const last = (await devices.events(device)).at(-1)
    expect(last).toMatchObject({ type: "connection.interrupted", toState: "RECONNECTING" })
    expect(JSON.parse(last?.text ?? "")).toEqual({ cause: "shutdown" })
  })
})
