/** The gateway's own API: devices and commands to them, their history, messages; every problem in one form. */
import { STATUS_CODES } from "node:http"
import { DatabaseSync } from "node:sqlite"
import { join } from "node:path"
import Fastify from "fastify"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sendFailure } from "../../src/http/dialect.ts"
import { v1 } from "../../src/http/routes/v1/dialect.ts"
import { TestGateway } from "../support/gateway.ts"
import type { Answer, CallOptions, RecordedJson } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"

const ME = "51948907640"
const STRANGER = "51911111111"
const CONTACT = "51999999999"

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const DEVICE_ID = expect.stringMatching(/^dev_[0-9a-z]{26}$/)
const HASH = expect.stringMatching(/^[0-9a-f]{64}$/)

let gateway: TestGateway
let me: string
let stranger: string
/** My connected device. */
let id: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { DEVICES_PER_USER_MAX: "4", RETRY_FIRST_MS: "50", WRONG_TOKENS_MAX: "10000" },
    network: { prekeyCount: 100 }
  })
  gateway.network.addContact(CONTACT, { behaviour: "echo" })
  me = await gateway.user(ME)
  stranger = await gateway.user(STRANGER)
  await gateway.connect(me, ME)
  await gateway.untilSynced(me, ME)
  id = (await gateway.get(`/v1/devices/${ME}`, { token: me })).body.id
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const get = (path: string, token = me) => gateway.get(`/v1${path}`, { token })
const post = (path: string, body: unknown = {}, token = me) => gateway.post(`/v1${path}`, body, { token })

const problem = (answer: Answer, status: number, code: string, extra: object = {}): void => {
  const { status: given, body, headers } = answer
  expect({ status: given, body }).toEqual({
    status,
    body: { type: "about:blank", title: STATUS_CODES[status], status, code, detail: expect.any(String), ...extra }
  })
  expect(headers.get("content-type")).toBe("application/problem+json; charset=utf-8")
}

const badField = (answer: Answer, field: string | null): void => problem(answer, 400, "invalid-request", { field })

const newDevice = {
  id: DEVICE_ID,
  deviceNumber: expect.any(Number),
  number: null,
  sessionId: null,
  name: null,
  state: "NONE",
  ready: false,
  hasQr: false,
  wanted: false,
  paired: false,
  jid: null,
  lid: null,
  syncPercent: null,
  reason: null,
  userAction: null,
  registeredAt: ISO,
  connectedAt: null,
  disconnectedAt: null,
  lastSeen: null
}

/** All pages, with `limit` events each. */
const history = async (device: string, token = me, limit = 1_000): Promise<readonly RecordedJson[]> => {
  const items: RecordedJson[] = []
  for (let after: string | null = "0"; after !== null; ) {
    const { status, body } = await get(`/devices/${device}/events?after=${after}&limit=${limit}`, token)
    expect(status).toBe(200)
    expect(body.items.length).toBeLessThanOrEqual(limit)
    items.push(...body.items)
    after = body.next
  }
  return items
}
const lastTypes = async (device: string, count: number) => (await history(device)).slice(-count).map(({ type }) => type)

const untilState = (device: string, state: string) =>
  until(async () => (await get(`/devices/${device}`)).body.state === state, `${device} ${state}`)

describe("POST /v1/devices", () => {
  it("creates a device at rest: 201 with its location", async () => {
    const answer = await post("/devices", { number: "51955500001", name: "Caja 1" })
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 201,
      body: { ...newDevice, number: "51955500001", name: "Caja 1" }
    })
    expect(Object.keys(answer.body)).toEqual(Object.keys(newDevice))
    expect(answer.headers.get("location")).toBe(`/v1/devices/${answer.body.id}`)
    expect((await history(answer.body.id)).map(({ type }) => type)).toEqual(["device.registered"])
  })

  it("the same request again returns the same device: 200", async () => {
    const first = (await get("/devices/51955500001")).body
    const answer = await post("/devices", { number: "51955500001" })
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: first })
    expect(answer.headers.get("location")).toBe(`/v1/devices/${first.id}`)
  })

  it("accepts a session name instead of a number, or both", async () => {
    const session = await post("/devices", { sessionId: "Ventas_1-a" })
    expect({ status: session.status, body: session.body }).toEqual({
      status: 201,
      body: { ...newDevice, sessionId: "Ventas_1-a" }
    })
    expect((await post("/devices", { sessionId: "Ventas_1-a" })).body.id).toBe(session.body.id)
    const both = await post("/devices", { number: "51955500002", sessionId: "both" }, stranger)
    expect(both.status).toBe(201)
    expect((await post("/devices", { number: "51955500002" }, stranger)).body.id).toBe(both.body.id)
    expect((await post("/devices", { sessionId: "both" }, stranger)).body.id).toBe(both.body.id)
  })

  it("a number and a session name of different devices are 409, and the device is named", async () => {
    const { id: device } = (await get("/devices/51955500002", stranger)).body
    for (const half of [
      { number: "51955500002", sessionId: "another" },
      { number: "51955500003", sessionId: "both" }
    ]) {
      problem(await post("/devices", half, stranger), 409, "device-exists", { device })
    }
  })

  it("a wrong field is named", async () => {
    badField(await post("/devices", {}), "number")
    badField(await post("/devices", { name: "no number" }), "number")
    for (const number of ["+51948907640", "123", "", " 51955500009", 51955500009, null, ["51955500009"]]) {
      badField(await post("/devices", { number }), "number")
    }
    for (const sessionId of ["", "a b", "x".repeat(65), "ñ", "../x", 5, null]) {
      badField(await post("/devices", { sessionId }), "sessionId")
    }
    for (const name of ["x".repeat(256), 5, null, {}]) {
      badField(await post("/devices", { number: "51955500009", name }), "name")
    }
    badField(await post("/devices", { number: "51955500009", numero: "51955500009" }), "numero")
    for (const body of [[], "text", 5, true]) badField(await post("/devices", body), null)
    problem(await get("/devices/51955500009"), 404, "device-not-found")
  })

  it("more than DEVICES_PER_USER_MAX is 409 with the limit; the operator has no limit", async () => {
    const token = await gateway.user("51950000001")
    for (let n = 0; n < 4; n++) expect((await post("/devices", { sessionId: `s${n}` }, token)).status).toBe(201)
    problem(await post("/devices", { sessionId: "s4" }, token), 409, "too-many-devices", { max: 4 })
    for (let n = 0; n < 5; n++) {
      const answer = await gateway.post("/v1/devices", { sessionId: `s${n}` }, { operator: true })
      expect(answer.status).toBe(201)
    }
  })
})

describe("GET /v1/devices", () => {
  it("returns the client's own devices in pages, each once, in order of creation", async () => {
    const all = (await get("/devices")).body
    expect(all.next).toBeNull()
    expect(all.items.map(({ number, sessionId }: typeof newDevice) => number ?? sessionId)).toEqual([
      ME,
      "51955500001",
      "Ventas_1-a"
    ])
    const paged: unknown[] = []
    for (let after: string | null = "0"; after !== null; ) {
      const { body } = await get(`/devices?limit=1&after=${after}`)
      expect(body.items).toHaveLength(1)
      paged.push(...body.items)
      after = body.next
    }
    const still = (item: object) => ({ ...item, lastSeen: null })
    expect(paged.map((item) => still(item as object))).toEqual(all.items.map(still))
  })

  it("returns all devices to the operator", async () => {
    const { body } = await gateway.get("/v1/devices?limit=500", { operator: true })
    const ids = body.items.map((device: typeof newDevice) => device.id)
    for (const token of [me, stranger]) {
      for (const device of (await get("/devices", token)).body.items) expect(ids).toContain(device.id)
    }
  })

  it.each([
    ["limit=0", "limit"],
    ["limit=501", "limit"],
    ["limit=ten", "limit"],
    ["limit=1.5", "limit"],
    ["after=-1", "after"],
    ["after=x", "after"],
    ["after=1&after=2", "after"],
    ["offset=1", "offset"],
    ["__proto__=1", "__proto__"]
  ])("?%s is 400 and names %s", async (query, field) => {
    badField(await get(`/devices?${query}`), field)
  })
})

describe("GET /v1/devices/:id", () => {
  it("finds a device by its id and by its number", async () => {
    const byId = await get(`/devices/${id}`)
    expect({ status: byId.status, body: byId.body }).toEqual({
      status: 200,
      body: {
        ...newDevice,
        id,
        number: ME,
        name: ME,
        state: "CONNECTED",
        ready: true,
        wanted: true,
        paired: true,
        jid: expect.stringMatching(new RegExp(`^${ME}:\\d+@s\\.whatsapp\\.net$`)),
        lid: expect.stringMatching(/^\d+(:\d+)?@lid$/),
        syncPercent: 100,
        connectedAt: ISO,
        lastSeen: ISO
      }
    })
    expect((await get(`/devices/${ME}`)).body).toMatchObject({ id, number: ME })
  })

  it("returns the same 404 for another user's device and for one that does not exist", async () => {
    const theirs = await get(`/devices/${id}`, stranger)
    const never = await get(`/devices/dev_${"0".repeat(26)}`, stranger)
    for (const answer of [theirs, never]) problem(answer, 404, "device-not-found")
    expect(theirs.body.detail.replace(id, "?")).toBe(never.body.detail.replace(`dev_${"0".repeat(26)}`, "?"))
    problem(await get(`/devices/${ME}`, stranger), 404, "device-not-found")
  })

  it("finds any device by its id for the operator, but only the operator's own by number", async () => {
    expect((await gateway.get(`/v1/devices/${id}`, { operator: true })).body.id).toBe(id)
    problem(await gateway.get(`/v1/devices/${ME}`, { operator: true }), 404, "device-not-found")
  })
})

describe("a command to a device", () => {
  it("stop: NONE, and the credentials stay", async () => {
    const answer = await post(`/devices/${id}/stop`)
    expect({ status: answer.status, body: answer.body }).toMatchObject({
      status: 200,
      body: { id, state: "NONE", ready: false, wanted: false, paired: true, disconnectedAt: ISO }
    })
    expect(await lastTypes(id, 1)).toEqual(["connection.closed"])
  })

  it("start: connected without a QR; a second start changes nothing", async () => {
    const answer = await post(`/devices/${id}/start`)
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 200, body: { id, wanted: true } })
    await untilState(id, "CONNECTED")
    const before = await history(id)
    expect((await post(`/devices/${id}/start`, { takeOver: true })).body.state).toBe("CONNECTED")
    expect(await history(id)).toEqual(before)
  })

  it("restart: a new connection of the same link", async () => {
    const { position } = (await history(id)).at(-1) as RecordedJson
    expect((await post(`/devices/${id}/restart`)).status).toBe(200)
    await untilState(id, "CONNECTED")
    const types = (await history(id)).filter((event) => event.position > position).map(({ type }) => type)
    expect(types.slice(0, 2)).toEqual(["connection.interrupted", "connection.requested"])
    expect(types).toContain("connection.opened")
    expect(types).not.toContain("pairing.qr_issued")
  })

  it("logout: WhatsApp is told, and the link ends", async () => {
    expect(gateway.network.phone(ME).companions).toHaveLength(1)
    const answer = await post(`/devices/${id}/logout`)
    expect({ status: answer.status, body: answer.body }).toMatchObject({
      status: 200,
      body: { state: "NONE", paired: false, jid: null, lid: null, reason: null }
    })
    expect(gateway.network.phone(ME).companions).toEqual([])
    const [event] = (await history(id)).slice(-1)
    expect(event).toMatchObject({ type: "device.logged_out", from: "CONNECTED", to: "NONE" })
    expect(event?.data).toEqual({ by: "user", unlinked: true })
  })

  it("reset: the link ends, and pairing starts again", async () => {
    await post(`/devices/${id}/start`)
    await gateway.network.phone(ME).scanQr(await gateway.qr(me, ME))
    await untilState(id, "CONNECTED")
    expect((await post(`/devices/${id}/reset`)).body).toMatchObject({ paired: false, wanted: true })
    expect(gateway.network.phone(ME).companions).toEqual([])
    await untilState(id, "QR")
    expect((await get(`/devices/${id}`)).body).toMatchObject({ state: "QR", hasQr: true, ready: false })
    await gateway.network.phone(ME).scanQr(await gateway.qr(me, ME))
    await untilState(id, "CONNECTED")
  })

  it("can be sent by number, without a body, and to a device at rest", async () => {
    for (const command of ["stop", "logout", "stop"]) {
      const answer = await gateway.call("POST", `/v1/devices/51955500001/${command}`, { token: me })
      expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 200, body: { state: "NONE" } })
    }
  })

  it("is recorded with its requester: the user, or the operator by the device's id", async () => {
    const requested = async (options: CallOptions) => {
      await gateway.post(`/v1/devices/${id}/restart`, {}, options)
      return (await history(id)).findLast(({ type }) => type === "connection.requested")
    }
    const byUser = await requested({ token: me })
    expect(byUser).toMatchObject({ data: { by: "user" }, who: expect.stringMatching(/^user:\d+$/) })
    const byOperator = await requested({ operator: true })
    expect(byOperator).toMatchObject({ data: { by: "operator" }, who: "operator" })
    await untilState(id, "CONNECTED")
  })

  it("with an unknown field is 400 and names the field", async () => {
    badField(await post(`/devices/${id}/start`, { takeOver: "yes" }), "takeOver")
    badField(await post(`/devices/${id}/start`, { force: true }), "force")
    for (const command of ["stop", "restart", "logout", "reset"]) {
      badField(await post(`/devices/${id}/${command}`, { takeOver: true }), "takeOver")
    }
    for (const command of ["start", "stop", "restart", "logout", "reset"]) {
      for (const body of [[], "text", 5, true]) badField(await post(`/devices/${id}/${command}`, body), null)
    }
    expect((await get(`/devices/${id}`)).body.state).toBe("CONNECTED")
  })

  it("to an unknown device, or to another user's, is 404", async () => {
    for (const command of ["start", "stop", "restart", "logout", "reset"]) {
      problem(await post(`/devices/51922222222/${command}`), 404, "device-not-found")
      problem(await post(`/devices/${id}/${command}`, {}, stranger), 404, "device-not-found")
    }
    expect((await get(`/devices/${id}`)).body.state).toBe("CONNECTED")
  })

  it("that does not exist is 404", async () => {
    problem(await post(`/devices/${id}/explode`), 404, "not-found")
  })
})

describe("POST /v1/devices/:id/pairing-code", () => {
  const numero = "51955500006"

  it("returns a code to type into the phone, which links the device", async () => {
    const phone = gateway.network.addPhone(numero)
    const { id: device } = (await post("/devices", { number: numero }, stranger)).body
    const { status, body, headers } = await post(`/devices/${device}/pairing-code`, { number: numero }, stranger)
    expect({ status, body }).toEqual({
      status: 201,
      body: { code: expect.stringMatching(/^[0-9A-Z]{8}$/), expiresAt: ISO }
    })
    expect(Object.keys(body)).toEqual(["code", "expiresAt"])
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8")
    await phone.enterCode(body.code)
    await gateway.untilState(stranger, numero, "CONNECTED")
  })

  it("is 409 with the state for a linked device", async () => {
    const answer = await post(`/devices/${numero}/pairing-code`, { number: numero }, stranger)
    problem(answer, 409, "command-refused", { command: "PairByCode", state: "CONNECTED" })
  })

  it("a wrong field is named", async () => {
    const path = "/devices/51955500001/pairing-code"
    for (const body of [{}, { number: "" }, { number: "+51 955" }, { number: 51955500001 }, { number: null }]) {
      badField(await post(path, body), "number")
    }
    badField(await post(path, { number: "51955500009" }), "number")
    badField(await post(path, { number: "51955500001", numero: "51955500001" }), "numero")
    expect((await history("51955500001")).map(({ type }) => type)).not.toContain("pairing.code_issued")
  })
})

describe("GET /v1/devices/:id/events", () => {
  it("returns the streams of the device in order, with every field of each event", async () => {
    const { messageId } = (await gateway.post("/api/send-message", { number: CONTACT, message: "Hola" }, { token: me }))
      .body
    const events = await until(async () => {
      const found = await history(id)
      const isOver = ["message.read", "message.received", "contact.updated"].every((end) =>
        found.some(({ type }) => type === end)
      )
      return isOver && found
    }, "the message to be read and answered, by a contact who becomes known")
    const streams = new Map<string, number>()
    let position = 0
    for (const event of events) {
      expect(Object.keys(event)).toEqual([
        "position",
        "stream",
        "version",
        "device",
        "type",
        "from",
        "to",
        "who",
        "commandId",
        "correlation",
        "recordedAt",
        "hash",
        "data"
      ])
      expect(event).toMatchObject({ recordedAt: ISO, hash: HASH, data: expect.any(Object) })
      expect(event.position).toBeGreaterThan(position)
      position = event.position
      expect(event.version).toBe((streams.get(event.stream) ?? 0) + 1)
      streams.set(event.stream, event.version)
    }
    expect([...streams.keys()]).toEqual([`device/${id}`, `messages/${id}`, `roster/${id}`])
    expect(events[0]).toMatchObject({ type: "device.registered", version: 1, from: null, to: "NONE" })
    const queued = events.find(({ type }) => type === "message.queued")
    expect(queued).toMatchObject({ from: null, to: null, data: { messageId, content: { kind: "text", text: "Hola" } } })
  })

  it("[LOG-4] returns every event once, whatever the page size", async () => {
    const all = await history(id)
    for (const limit of [1, 7, all.length]) expect(await history(id, me, limit)).toEqual(all)
    const [, second] = all
    const { body } = await get(`/devices/${id}/events?after=${second?.position}&limit=2`)
    expect(body.items).toEqual(all.slice(2, 4))
    expect(body.next).toBe(String(all[3]?.position))
    expect((await get(`/devices/${id}/events?after=${all.at(-1)?.position}`)).body).toEqual({ items: [], next: null })
    expect((await get(`/devices/${id}/events?after=${Number.MAX_SAFE_INTEGER}`)).body).toEqual({
      items: [],
      next: null
    })
  })

  it("returns 100 events without a limit", async () => {
    const all = await history(id)
    expect((await get(`/devices/${id}/events`)).body.items).toEqual(all.slice(0, 100))
  })

  it("returns no event of another device", async () => {
    expect((await history("51955500001")).map(({ type, stream }) => [type, stream.slice(0, 7)])).toEqual([
      ["device.registered", "device/"]
    ])
  })

  it.each([
    ["limit=0", "limit"],
    ["limit=1001", "limit"],
    ["limit=x", "limit"],
    ["after=-1", "after"],
    ["after=1.5", "after"],
    ["after=9007199254740993", "after"],
    ["before=5", "before"]
  ])("?%s is 400 and names %s", async (query, field) => {
    badField(await get(`/devices/${id}/events?${query}`), field)
  })
})

describe("GET /v1/devices/:id/replay", () => {
  it("[LOG-5] without a point returns the device's current state", async () => {
    const live = (await get(`/devices/${id}`)).body
    const own = (await history(id)).filter(({ stream }) => stream.startsWith("device/"))
    const { status, body } = await get(`/devices/${id}/replay`)
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        device: id,
        state: live.state,
        context: expect.objectContaining({ paired: true, wanted: true, number: ME, jid: live.jid, lid: live.lid }),
        version: own.at(-1)?.version,
        position: own.at(-1)?.position,
        recordedAt: own.at(-1)?.recordedAt,
        transitions: own.slice(-100).map(({ position, version, type, from, to, who, recordedAt }) => ({
          position,
          version,
          type,
          from,
          to,
          who,
          recordedAt
        }))
      }
    })
  })

  it("[LOG-5] at any position returns the state that was recorded there", async () => {
    const events = await history(id)
    let last: RecordedJson | undefined
    for (const event of events) {
      if (event.stream.startsWith("device/")) last = event
      const { body } = await get(`/devices/${id}/replay?at=${event.position}`)
      expect(body).toMatchObject({ state: last?.to, version: last?.version, position: last?.position })
      expect(body.transitions.at(-1)).toMatchObject({ type: last?.type, from: last?.from, to: last?.to })
    }
    expect(last?.to).toBe("CONNECTED")
  })

  it("[LOG-5] returns the same state as the device, with and without its actor", async () => {
    for (const command of ["stop", "start"]) await post(`/devices/${id}/${command}`)
    await untilState(id, "CONNECTED")
    await post(`/devices/${id}/stop`)
    const known = async () => [
      (await get(`/devices/${id}`)).body.syncPercent,
      (await get(`/devices/${id}/replay`)).body.context.syncPercent
    ]
    const before = await known()
    await gateway.restart()
    const after = await known()
    await post(`/devices/${id}/start`)
    await untilState(id, "CONNECTED")
    expect(after).toEqual(before)
  })

  it("at a time returns what was recorded by then", async () => {
    const own = (await history(id)).filter(({ stream }) => stream.startsWith("device/"))
    const closed = own.find(({ type }) => type === "connection.closed") as RecordedJson
    const until = own.findLast(({ recordedAt }) => recordedAt <= closed.recordedAt)
    const at = closed.recordedAt
    const shifted = at.replace("Z", "+00:00").replace("+", "%2B")
    for (const point of [at, shifted]) {
      expect((await get(`/devices/${id}/replay?at=${point}`)).body).toMatchObject({
        state: until?.to,
        version: until?.version,
        recordedAt: until?.recordedAt
      })
    }
  })

  it("before the first event returns no state", async () => {
    for (const at of ["0", "2020-01-01", "2020-01-01T00:00:00Z"]) {
      expect((await get(`/devices/${id}/replay?at=${at}`)).body).toEqual({
        device: id,
        state: null,
        context: null,
        version: 0,
        position: null,
        recordedAt: null,
        transitions: []
      })
    }
  })

  it.each(["yesterday", "-1", "1.5", "foo 1", "2020-13-01", "2020-01-01T25:00:00Z", "2020-01-01T00:00:00", "", "1e3"])(
    "?at=%s is 400 and names the field",
    async (at) => {
      badField(await get(`/devices/${id}/replay?${new URLSearchParams({ at }).toString()}`), "at")
    }
  )

  it("an unknown parameter is 400", async () => {
    badField(await get(`/devices/${id}/replay?position=5`), "position")
  })
})

describe("GET /v1/messages/:id", () => {
  const statusOf = async (messageId: string, status: string) =>
    until(async () => {
      const answer = await get(`/messages/${messageId}`)
      return answer.body.status === status && answer.body
    }, `the message to be ${status}`)

  const send = async (number: string) =>
    (await gateway.post("/api/send-message", { number, message: "Hola" }, { token: me })).body.messageId as string

  const message = {
    fromMe: true,
    kind: "text",
    content: { kind: "text", text: "Hola" },
    context: null,
    summary: "Hola",
    createdAt: ISO,
    sentAt: ISO,
    deliveredAt: ISO,
    readAt: null,
    playedAt: null,
    failedAt: null,
    editedAt: null,
    revokedAt: null,
    failure: null,
    position: expect.any(Number)
  }

  it("returns a message's delivery status with its times", async () => {
    const messageId = await send(CONTACT)
    const body = await statusOf(messageId, "read")
    const chat = expect.stringMatching(/@(s\.whatsapp\.net|lid)$/)
    expect(body).toEqual({ ...message, id: messageId, device: id, chat, status: "read", readAt: ISO })
    expect(Object.keys(body)).toEqual([
      "id",
      "device",
      "chat",
      "fromMe",
      "kind",
      "content",
      "context",
      "summary",
      "status",
      "createdAt",
      "sentAt",
      "deliveredAt",
      "readAt",
      "playedAt",
      "failedAt",
      "editedAt",
      "revokedAt",
      "failure",
      "position"
    ])
    const queued = (await history(id)).find(({ data }) => data.messageId === messageId)
    expect(queued).toMatchObject({ type: "message.queued", position: body.position })
  })

  it("returns a refused message as failed, with WhatsApp's code", async () => {
    gateway.network.fault({ kind: "ack_error", code: 463, number: ME })
    const messageId = await send(CONTACT)
    expect((await get(`/messages/${messageId}`)).body).toMatchObject({
      status: "failed",
      sentAt: null,
      deliveredAt: null,
      failedAt: ISO,
      failure: { code: "463", text: expect.any(String) }
    })
  })

  it("returns a received message as well", async () => {
    const received = await gateway.network.contact(CONTACT).send(ME, { text: "¿Y mi factura?" })
    expect(await statusOf(received, "received")).toMatchObject({
      fromMe: false,
      kind: "text",
      sentAt: null,
      device: id
    })
  })

  it("[SEC-1] between two devices of this gateway, shows each side its own message, and no other user any", async () => {
    await gateway.connect(stranger, STRANGER)
    const messageId = await send(STRANGER)
    await until(async () => (await get(`/messages/${messageId}`, stranger)).status === 200, "the message")
    const mine = (await get(`/messages/${messageId}`)).body
    const theirs = (await get(`/messages/${messageId}`, stranger)).body
    expect(mine).toMatchObject({ device: id, fromMe: true })
    expect(theirs).toMatchObject({ fromMe: false, status: "received" })
    expect(theirs.device).not.toBe(id)
    const third = await gateway.user("51950000002")
    problem(await get(`/messages/${messageId}`, third), 404, "message-not-found")
    expect((await gateway.get(`/v1/messages/${messageId}`, { operator: true })).body).toMatchObject({ device: id })
  })

  it("is 404 for an unknown message", async () => {
    for (const unknown of ["3EB0000000", "x", "%00", "ñ", "..%2f", "'--"]) {
      problem(await get(`/messages/${unknown}`), 404, "message-not-found")
    }
  })
})

describe("DELETE /v1/devices/:id", () => {
  it("removes the device here and from the phone", async () => {
    expect(gateway.network.phone(ME).companions).toHaveLength(1)
    const answer = await gateway.call("DELETE", `/v1/devices/${id}`, { token: me })
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 204, body: undefined })
    expect(gateway.network.phone(ME).companions).toEqual([])
  })

  it("then the device is in no list, accepts no command and has no number", async () => {
    expect((await get("/devices")).body.items.map((device: typeof newDevice) => device.id)).not.toContain(id)
    problem(await get(`/devices/${ME}`), 404, "device-not-found")
    problem(await gateway.call("DELETE", `/v1/devices/${id}`, { token: me }), 404, "device-not-found")
    problem(await post(`/devices/${id}/start`), 404, "device-not-found")
  })

  it("then its owner and the operator can read its history by its id", async () => {
    expect((await get(`/devices/${id}`)).body).toMatchObject({ id, number: null, state: "removed", ready: false })
    const events = await history(id)
    expect(events.at(-1)).toMatchObject({ type: "device.removed", to: "removed", data: { by: "user", unlinked: true } })
    expect((await get(`/devices/${id}/replay`)).body.state).toBe("removed")
    expect((await get(`/devices/${id}/replay?at=${events.at(-2)?.position}`)).body.state).toBe("CONNECTED")
    const { messageId } = events.find(({ type }) => type === "message.read")?.data ?? {}
    expect((await get(`/messages/${messageId}`)).body).toMatchObject({ device: id, status: "read" })
    expect((await gateway.get(`/v1/devices/${id}/events`, { operator: true })).body.items).not.toEqual([])
  })

  it("[SEC-1] then no other user can read it", async () => {
    for (const path of [`/devices/${id}`, `/devices/${id}/events`, `/devices/${id}/replay`]) {
      problem(await get(path, stranger), 404, "device-not-found")
    }
  })

  it("then its number can be used for another device", async () => {
    const answer = await post("/devices", { number: ME })
    expect(answer.status).toBe(201)
    expect(answer.body.id).not.toBe(id)
    expect((await get(`/devices/${ME}`)).body.id).toBe(answer.body.id)
    expect((await history(ME)).map(({ type }) => type)).toEqual(["device.registered"])
  })

  it("is 404 for another user's device and for an unknown one, which stay as they are", async () => {
    problem(await gateway.call("DELETE", "/v1/devices/51955500001", { token: stranger }), 404, "device-not-found")
    problem(await gateway.call("DELETE", "/v1/devices/51922222222", { token: me }), 404, "device-not-found")
    expect((await get("/devices/51955500001")).status).toBe(200)
  })
})

describe("every problem has the same form:", () => {
  it("no token 401 token-missing, a wrong token or key 401 token-invalid", async () => {
    problem(await gateway.get("/v1/devices"), 401, "token-missing")
    problem(await get("/devices", "guess"), 401, "token-invalid")
    problem(await gateway.get("/v1/devices", { headers: { "x-api-key": "guess" } }), 401, "token-invalid")
  })

  it("an unknown route or method 404 not-found", async () => {
    for (const path of ["", "/", "/nothing", "/devices/x/y/z"]) problem(await get(path), 404, "not-found")
    for (const method of ["PUT", "PATCH", "OPTIONS"]) {
      problem(await gateway.call(method, "/v1/devices", { token: me }), 404, "not-found")
    }
  })

  it("broken JSON 400 invalid-json, no JSON 415, too large a body 413", async () => {
    for (const raw of ["{", "nothing", '{"__proto__":{}}']) {
      problem(await gateway.call("POST", "/v1/devices", { token: me, raw }), 400, "invalid-json")
    }
    for (const type of ["text/plain", "application/xml", "multipart/form-data; boundary=x"]) {
      const answer = await gateway.call("POST", "/v1/devices", {
        token: me,
        raw: "x",
        headers: { "content-type": type }
      })
      problem(answer, 415, "unsupported-media-type")
    }
    problem(await post("/devices", { name: "x".repeat(1_000_001) }), 413, "body-too-large")
  })

  it("a path that cannot be read 400 bad-url, an id that is far too long 414", async () => {
    problem(await get("/devices/%zz"), 400, "bad-url")
    problem(await get(`/devices/${"x".repeat(201)}`), 414, "uri-too-long")
  })

  it("a WebSocket path without an upgrade 426, with the protocol to upgrade to", async () => {
    const answer = await get("/stream")
    problem(answer, 426, "upgrade-needed")
    expect(answer.headers.get("upgrade")).toBe("websocket")
  })

  it("an unavailable store 503 store-unavailable, with Retry-After", async () => {
    const database = new DatabaseSync(join(gateway.directory, "bitacora.db"))
    database.exec("PRAGMA legacy_alter_table = 1; ALTER TABLE access_token RENAME TO access_token_away")
    const answer = await get("/devices")
    database.exec("ALTER TABLE access_token_away RENAME TO access_token")
    database.close()
    problem(answer, 503, "store-unavailable")
    expect(answer.headers.get("retry-after")).toBe("5")
    expect((await get("/devices")).status).toBe(200)
  })

  it("an unexpected failure 500 internal, without details", async () => {
    const app = Fastify()
    const dialect = v1([])
    app.setErrorHandler((failure, request, reply) => sendFailure(reply, dialect, dialect.answer(failure, request)))
    app.get("/", () => Promise.reject(new Error("the inside")))
    const { statusCode, headers, body } = await app.inject("/")
    expect({ statusCode, body: JSON.parse(body) }).toEqual({
      statusCode: 500,
      body: {
        type: "about:blank",
        title: "Internal Server Error",
        status: 500,
        code: "internal",
        detail: expect.not.stringContaining("the inside")
      }
    })
    expect(headers["content-type"]).toBe("application/problem+json; charset=utf-8")
  })

  it("too many requests 429, with Retry-After, on unknown routes too", async () => {
    await gateway.restart({ RATE_LIMIT_MAX: "2", RATE_LIMIT_WINDOW_MS: "60000" })
    // After its first request, the token is known and has its own limit.
    for (const path of ["/devices", "/devices", "/nothing"]) await get(path)
    for (const path of ["/devices", "/nothing"]) {
      const answer = await get(path)
      const retryAfterSeconds = Number(answer.headers.get("retry-after"))
      problem(answer, 429, "too-many-requests", { retryAfterSeconds })
      expect(retryAfterSeconds).toBeGreaterThanOrEqual(1)
    }
  })

  it("too many wrong tokens 429", async () => {
    await gateway.restart({ WRONG_TOKENS_MAX: "1" })
    problem(await get("/devices", "guess-1"), 401, "token-invalid")
    const answer = await get("/devices", "guess-2")
    const retryAfterSeconds = Number(answer.headers.get("retry-after"))
    problem(answer, 429, "too-many-failures", { retryAfterSeconds })
    expect((await get("/devices")).status).toBe(200)
  })
})
