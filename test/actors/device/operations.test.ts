import { Effect, Fiber } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { operations } from "../../../src/whatsapp/operations/catalog.ts"
import { OperationRefused } from "../../../src/whatsapp/operations/failures.ts"
import { AskedTooOften, NoAnswer } from "../../../src/whatsapp/whatsapp.ts"
import { asked, TestDevices } from "../../support/devices.ts"
import { until } from "../../support/until.ts"

const GROUP = "120363025246125486@g.us"

let devices: TestDevices
let device: Awaited<ReturnType<TestDevices["connected"]>>

beforeAll(async () => {
  devices = await TestDevices.start()
  device = await devices.connected()
})
afterAll(async () => {
  await devices[Symbol.asyncDispose]()
})

const rename = { type: "Operate" as const, name: "group.rename" as const, input: { group: GROUP, subject: "Pedidos" } }
const failureOf = <E>(effect: Effect.Effect<unknown, E>) => Effect.runPromise(Effect.flip(effect))
const performed = async () =>
  (await devices.events(device))
    .filter(({ type }) => type === "operation.performed")
    .map(({ text }) => JSON.parse(text ?? "null") as unknown)
const socket = () => {
  const found = devices.whatsapp.socketOf(device.deviceNumber)
  if (!found) throw new Error("no socket")
  return found
}
const answering = (answer: typeof devices.whatsapp.onOperate) => {
  devices.whatsapp.onOperate = answer
}

describe("an operation", () => {
  it("is carried out, and recorded with what the client gave", async () => {
    answering(() => Effect.succeed({}))
    await devices.ask(device, rename)
    expect(socket().operated).toEqual([{ name: "group.rename", input: rename.input }])
    expect(await performed()).toEqual([{ operation: "group.rename", input: rename.input, outcome: { status: "done" } }])
  })

  it("is recorded with its result, and without what another event holds", async () => {
    answering(() => Effect.succeed({ code: "abc" }))
    await devices.ask(device, { ...rename, name: "group.revoke_invite", input: { group: GROUP } })
    expect((await performed()).at(-1)).toMatchObject({ outcome: { status: "done", result: { code: "abc" } } })
    const message = { messageId: "A", fromMe: true, sender: null, sentAt: 1 }
    const input = { chat: GROUP, message, text: "el texto nuevo" }
    await devices.ask(device, { type: "Operate", name: "message.edit", input })
    expect((await performed()).at(-1)).toMatchObject({ input: { chat: GROUP, message } })
    expect(JSON.stringify(await performed())).not.toContain("el texto nuevo")
  })

  it("that changes nothing is not recorded", async () => {
    const before = await performed()
    answering(() => Effect.succeed({ groups: [] }))
    expect(await devices.ask(device, { type: "Operate", name: "group.list", input: {} })).toEqual({ groups: [] })
    expect(await performed()).toEqual(before)
  })

  it("is recorded when WhatsApp refuses it, or does not answer", async () => {
    answering(() => Effect.fail(new OperationRefused({ operation: "group.rename", whatsappCode: 403, reason: "no" })))
    expect(await failureOf(devices.directory.ask(device.id, asked(rename)))).toMatchObject({ whatsappCode: 403 })
    expect((await performed()).at(-1)).toMatchObject({ outcome: { status: "refused", code: 403, text: "no" } })
    answering(() => Effect.fail(new NoAnswer({ asked: "for group.rename" })))
    expect(await failureOf(devices.directory.ask(device.id, asked(rename)))).toMatchObject({ _tag: "NoAnswer" })
    expect((await performed()).at(-1)).toMatchObject({ outcome: { status: "unanswered" } })
  })

  it("is carried out and recorded although its caller hung up", async () => {
    const before = (await performed()).length
    const operated = socket().operated.length
    let finish = () => {}
    answering(() => Effect.callback<object>((resume) => void (finish = () => resume(Effect.succeed({})))))
    const caller = Effect.runFork(devices.directory.ask(device.id, asked(rename)))
    await until(() => Promise.resolve(socket().operated.length > operated), "the question")
    void Effect.runPromise(Fiber.interrupt(caller))
    finish()
    await until(async () => (await performed()).length > before, "the record")
  })

  it("after WhatsApp's 429 fails at once, until the pause is over", async () => {
    answering(() => Effect.fail(new AskedTooOften({ asked: "for group.rename" })))
    expect(await failureOf(devices.directory.ask(device.id, asked(rename)))).toMatchObject({ _tag: "AskedTooOften" })
    const operated = socket().operated.length
    answering(() => Effect.succeed({}))
    expect(await failureOf(devices.directory.ask(device.id, asked(rename)))).toMatchObject({ _tag: "AskedTooOften" })
    expect(socket().operated).toHaveLength(operated)
  })

  it("is refused unless the device is CONNECTED, and then not recorded", async () => {
    const other = await devices.register()
    const failure = await failureOf(devices.directory.ask(other.id, asked(rename)))
    expect(failure).toMatchObject({ _tag: "DeviceNotReady", state: "NONE" })
    expect(await devices.eventTypes(other)).toEqual(["device.registered"])
  })
})

describe("the catalogue of operations", () => {
  it("has each name once, and documents it", () => {
    const names = operations.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const { name, doc } of operations) {
      expect(name).toMatch(/^[a-z]+\.[a-z_]+$/)
      expect(doc).toMatch(/^[A-Z].*\.$/)
    }
  })

  it("needs a higher scope for a change than for a question", () => {
    for (const { kind, scope } of operations) if (kind === "change") expect(["send", "manage"]).toContain(scope)
  })
})
