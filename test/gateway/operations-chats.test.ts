/** Chats, labels, presence and calls: what clients have the account do, as its phone, another linked device and the other side see it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import type { Answer } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"

const ME = "51911000061"
const BETO = "51922000061"
const CARLA = "51922000062"
const DORA = "51922000063"
const jid = (number: string) => `${number}@s.whatsapp.net`

let gateway: TestGateway
let token: string
/** Another linked device of the account, of the operator. */
let companion: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 100 } })
  token = await gateway.user(ME)
  for (const number of [BETO, CARLA, DORA]) gateway.network.addContact(number, { behaviour: "silent" })
  await gateway.connect(token, ME)
  companion = await gateway.linkByCode(ME, (code) => gateway.network.phone(ME).enterCode(code))
  for (const number of [BETO, CARLA, DORA]) {
    const id = await gateway.network.contact(number).send(ME, { text: "hola" })
    await until(async () => (await gateway.get(`/v1/messages/${id}`, { token })).status === 200, "a message")
  }
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  expect(gateway.network.phone(ME).appStateFlaws).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const phone = () => gateway.network.phone(ME)
const beto = () => gateway.network.contact(BETO)
const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  gateway.call(method, `/v1/devices/${ME}${path}`, { token, ...(body === undefined ? {} : { body }) })
const chat = async (number: string) => (await call("GET", `/chats/${number}`)).body
const elsewhere = async (number: string) =>
  (await gateway.get(`/v1/devices/${companion}/chats/${number}`, { operator: true })).body
const events = async () => gateway.events(token, ME)
const lastOperation = async () => (await events()).findLast(({ type }) => type === "operation.performed")?.data
/** What the phone shows of the chat. */
const onPhone = (number: string) => {
  const { chats } = phone().appState
  return chats[gateway.network.contact(number).lid] ?? chats[jid(number)] ?? {}
}
/** Until the chat is so here, and on the other linked device. */
const untilEverywhere = async (number: string, is: (chat: Record<string, unknown>) => boolean, what: string) => {
  await until(async () => is(await chat(number)), `${what} here`)
  await until(async () => is(await elsewhere(number)), `${what} on the other device`)
}

describe("a chat", () => {
  it("is archived and taken out of the archive", async () => {
    expect(await call("PUT", `/chats/${BETO}/archive`, {})).toMatchObject({ status: 204 })
    await until(() => onPhone(BETO).archived === true, "the phone's archive")
    await untilEverywhere(BETO, ({ archived }) => archived === true, "the archive")
    expect(await call("DELETE", `/chats/${BETO}/archive`)).toMatchObject({ status: 204 })
    await untilEverywhere(BETO, ({ archived }) => archived === false, "no archive")
    expect(await lastOperation()).toMatchObject({
      operation: "chat.archive",
      input: { chat: BETO, archived: false, newest: [{ fromMe: false }] },
      outcome: { status: "done" }
    })
  })

  it("is pinned once, though the phone and the gateway both tell of it", async () => {
    expect(await call("PUT", `/chats/${BETO}/pin`, {})).toMatchObject({ status: 204 })
    await until(() => onPhone(BETO).pinned === true, "the phone's pin")
    await untilEverywhere(BETO, ({ pinnedAt }) => pinnedAt !== null, "the pin")
    const pins = (await events()).filter(({ type, data }) => type === "chat.updated" && data.pinnedAt > 0)
    expect(pins).toHaveLength(1)
    expect(pins[0]?.data).toMatchObject({ chat: jid(BETO), chatAlt: beto().lid })
    await call("DELETE", `/chats/${BETO}/pin`)
    await untilEverywhere(BETO, ({ pinnedAt }) => pinnedAt === null, "no pin")
  })

  it("is muted until a time, for ever, and no longer", async () => {
    const until2100 = "2100-01-01T00:00:00.000Z"
    expect(await call("PUT", `/chats/${BETO}/mute`, { until: until2100 })).toMatchObject({ status: 204 })
    await untilEverywhere(BETO, ({ mutedUntil }) => mutedUntil === until2100, "the time")
    await call("PUT", `/chats/${BETO}/mute`, {})
    await untilEverywhere(BETO, ({ muted, mutedUntil }) => muted === true && mutedUntil === null, "mute for ever")
    await until(() => onPhone(BETO).mutedUntil === -1, "the phone's mute")
    await call("DELETE", `/chats/${BETO}/mute`)
    await untilEverywhere(BETO, ({ muted }) => muted === false, "no mute")
    const past = { until: "2020-01-01T00:00:00Z" }
    expect(await call("PUT", `/chats/${BETO}/mute`, past)).toMatchObject({ status: 400, body: { field: "until" } })
  })

  it("is marked as unread", async () => {
    expect(await call("PUT", `/chats/${BETO}/unread`, {})).toMatchObject({ status: 204 })
    await until(() => onPhone(BETO).markedUnread === true, "the phone's mark")
    await untilEverywhere(BETO, ({ markedUnread }) => markedUnread === true, "the mark")
    await call("DELETE", `/chats/${BETO}/unread`)
    await untilEverywhere(BETO, ({ markedUnread }) => markedUnread === false, "no mark")
  })

  it("has a timer, of which the other side is told", async () => {
    expect(await call("PUT", `/chats/${BETO}/disappearing`, { seconds: 86_400 })).toMatchObject({ status: 204 })
    await until(
      () => beto().inbox.some(({ type, expiresInSeconds }) => type === "disappearing" && expiresInSeconds === 86_400),
      "the contact's timer"
    )
    await untilEverywhere(BETO, ({ disappearingSeconds }) => disappearingSeconds === 86_400, "the timer")
    const notice = (await events()).findLast(({ type, data }) => type === "message.received" && data.fromMe)
    expect(notice?.data.content).toMatchObject({ kind: "notice", notice: "expirationChanged", seconds: 86_400 })
  })

  it("of a group has a timer as well", async () => {
    const group = beto().createGroup("Con temporizador", [ME])
    beto().changeGroup(group, "promote", [ME])
    await until(async () => (await call("GET", `/groups/${group}`)).status === 200, "the group")
    await beto().send(group, { text: "hola" })
    await until(async () => (await call("GET", `/chats/${group}`)).status === 200, "the chat")
    expect(await call("PUT", `/chats/${group}/disappearing`, { seconds: 604_800 })).toMatchObject({ status: 204 })
    await until(
      async () => (await call("GET", `/groups/${group}`)).body.disappearingSeconds === 604_800,
      "the group's timer"
    )
  })

  it("is cleared, and deleted until its next message", async () => {
    expect(await call("POST", `/chats/${CARLA}/clear`, {})).toMatchObject({ status: 204 })
    await until(() => onPhone(CARLA).clearedAt !== undefined, "the phone to clear it")
    expect(await call("DELETE", `/chats/${CARLA}`)).toMatchObject({ status: 204 })
    await until(() => onPhone(CARLA).deletedAt !== undefined, "the phone to delete it")
    const isListed = async () =>
      (await call("GET", "/chats")).body.items.some(
        ({ person }: { person: { number: string } | null }) => person?.number === CARLA
      )
    await until(async () => !(await isListed()), "the chat to go")
    await until(
      async () =>
        (await gateway.get(`/v1/devices/${companion}/events?limit=1000`, { operator: true })).body.items.some(
          ({ type }: { type: string }) => type === "chat.deleted"
        ),
      "the deletion on the other device"
    )
  })

  it("that is not known is 404", async () => {
    for (const action of ["archive", "pin", "mute", "unread"])
      expect(await call("PUT", `/chats/51900000061/${action}`, {})).toMatchObject({
        status: 404,
        body: { code: "chat-not-found" }
      })
  })

  it("is changed while the phone changes another", async () => {
    await Promise.all([
      call("PUT", `/chats/${DORA}/pin`, {}),
      phone().do({ archive: true, chat: BETO }),
      call("PUT", `/chats/${DORA}/archive`, {}),
      phone().do({ archive: false, chat: BETO }),
      call("PUT", `/chats/${DORA}/mute`, {})
    ])
    await untilEverywhere(DORA, ({ archived, muted }) => archived === true && muted === true, "all changes")
    expect(onPhone(DORA)).toMatchObject({ archived: true, mutedUntil: -1 })
  })
})

describe("a label", () => {
  it("is made, given to a chat and a message, taken back, and deleted", async () => {
    expect(await call("PUT", "/labels/7", { name: "Por pagar", color: 3 })).toMatchObject({ status: 204 })
    await until(() => phone().appState.labels["7"]?.name === "Por pagar", "the phone's label")
    const labels = async () => (await call("GET", "/labels")).body.items
    await until(async () => (await labels()).length === 1, "the label")
    expect(await labels()).toEqual([{ id: "7", name: "Por pagar", color: 3 }])

    expect(await call("PUT", `/chats/${BETO}/labels/7`, {})).toMatchObject({ status: 204 })
    await untilEverywhere(BETO, ({ labels: given }) => (given as string[]).includes("7"), "the chat's label")
    const { lastMessage } = await chat(DORA)
    expect(await call("PUT", `/chats/${DORA}/messages/${lastMessage.id}/labels/7`, {})).toMatchObject({ status: 204 })
    const assigned = async () => (await events()).findLast(({ type }) => type === "label.assigned")?.data
    await until(async () => (await assigned()).messageId === lastMessage.id, "the message's label")
    expect(await assigned()).toMatchObject({ label: "7", chat: jid(DORA), assigned: true })
    expect(await call("DELETE", `/chats/${DORA}/messages/${lastMessage.id}/labels/7`)).toMatchObject({ status: 204 })
    await until(async () => (await assigned()).assigned === false, "the message's label to go")
    expect(await call("DELETE", `/chats/${BETO}/labels/7`)).toMatchObject({ status: 204 })
    await untilEverywhere(BETO, ({ labels: given }) => (given as string[]).length === 0, "no label")

    expect(await call("DELETE", "/labels/7")).toMatchObject({ status: 204 })
    await until(async () => (await labels()).length === 0, "the label to go")
    expect(phone().appState.labels).toEqual({})
  })
})

describe("presence", () => {
  it("shows the account online, and no longer", async () => {
    beto().watch(ME)
    const last = () => beto().presences.findLast(({ from, group }) => from === ME && group === undefined)?.state
    expect(await call("PUT", "/presence", { available: true })).toMatchObject({ status: 204 })
    await until(() => last() === "available", "the account online")
    await call("PUT", "/presence", { available: false })
    await until(() => last() === "unavailable", "the account offline")
    expect((await lastOperation()).operation).not.toMatch(/^presence/)
  })

  it.each(["composing", "recording", "paused"])("shows %s in a chat", async (action) => {
    expect(await call("PUT", `/chats/${BETO}/typing`, { action })).toMatchObject({ status: 204 })
    await until(() => beto().presences.at(-1)?.state === action, action)
  })
})

describe("a call", () => {
  it("is refused: its caller is told, and the log has its end", async () => {
    const { id } = beto().call(ME)
    await until(
      async () => (await events()).some(({ type, data }) => type === "call.received" && data.callId === id),
      "it"
    )
    expect(await call("POST", `/calls/${id}/reject`, {})).toMatchObject({ status: 204 })
    await until(() => beto().calls.find((each) => each.id === id)?.state === "declined", "the caller to be told")
    await until(
      async () => (await events()).some(({ type, data }) => type === "call.ended" && data.callId === id),
      "its end"
    )
    const end = (await events()).find(({ type, data }) => type === "call.ended" && data.callId === id)
    expect(end?.data).toMatchObject({ outcome: "rejected", from: { number: BETO } })
  })

  it("that never rang is 404", async () => {
    expect(await call("POST", "/calls/NONE/reject", {})).toMatchObject({
      status: 404,
      body: { code: "call-not-found" }
    })
  })

  it("can be made by a link", async () => {
    const { status, body } = await call("POST", "/calls/links", { video: true })
    expect(status).toBe(200)
    const link = gateway.network.callLinks.at(-1)
    expect(link).toMatchObject({ by: ME, media: "video" })
    expect(body).toEqual({ url: `https://call.whatsapp.com/video/${link?.token}` })
  })
})
