/** The live stream: everything after a position, then new events, for clients that may see them and only while they may. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { DatabaseSync } from "node:sqlite"
import { join } from "node:path"
import { Deferred, Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { WebSocket, WebSocketServer } from "ws"
import type { Following } from "../../src/application/live-feed.ts"
import { operator } from "../../src/application/principal.ts"
import { CLOSE, type Patience, serveFeed } from "../../src/http/feeds/feed.ts"
import { webSocketWriter } from "../../src/http/feeds/web-socket.ts"
import { wording } from "../../src/http/routes/v1/stream.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY, type RecordedJson } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { Follower, follow, type FollowOptions, refusal } from "./support/follower.ts"

const ME = "51948907640"
const SECOND = "51948907641"
const STRANGER = "51911111111"
const CONTACT = "51999999999"
const PASSWORD = "correct horse"

const asOperator: FollowOptions = { headers: { "x-api-key": OPERATOR_KEY } }

let gateway: TestGateway
let me: string
let stranger: string
let id: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { RETRY_FIRST_MS: "50", DEVICES_PER_USER_MAX: "100", NEW_DEVICES_PER_DAY_MAX: "1000" },
    network: { prekeyCount: 100 }
  })
  gateway.network.addContact(CONTACT)
  me = await gateway.user(ME)
  stranger = await gateway.user(STRANGER)
  await gateway.connect(me, ME)
  await gateway.untilSynced(me, ME)
  await gateway.post("/v1/devices", { number: SECOND }, { token: me })
  id = (await gateway.get(`/v1/devices/${ME}`, { token: me })).body.id
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

/** Sends messages from the contact, one after the other. Resolves when all of them are in the log. */
const traffic = async (count: number, label: string): Promise<void> => {
  const contact = gateway.network.contact(CONTACT)
  let last = ""
  for (let n = 0; n < count; n++) last = await contact.send(ME, { text: `${label} ${n}` })
  await until(async () => (await gateway.get(`/v1/messages/${last}`, { token: me })).status === 200, "the last message")
}

/** Records many events at once, as if a phone had sent messages to this device. */
const record = async (device: string, count: number, characters = 10): Promise<void> => {
  const { deviceNumber } = (await gateway.get(`/v1/devices/${device}`, { token: me })).body
  const text = "x".repeat(characters)
  const origin = { who: "test", commandId: null, causation: null, correlation: null }
  const received = (n: number) => ({
    type: "message.received" as const,
    data: {
      messageId: `${device}-${characters}-${n}`,
      chat: `${CONTACT}@s.whatsapp.net`,
      chatAlt: null,
      sender: `${CONTACT}@s.whatsapp.net`,
      senderAlt: null,
      fromMe: false,
      pushName: null,
      sentAt: 1_790_000_000_000,
      offline: false,
      content: { kind: "text" as const, text }
    }
  })
  const events = Array.from({ length: count }, (_, n) => received(n))
  const append = { stream: `test/${device}`, device: deviceNumber, expected: "any" as const, events, origin }
  await gateway.gateway.runtime.runPromise(Effect.flatMap(EventLog, (log) => log.commit({ appends: [append] })))
}

const end = (): Promise<number> => gateway.gateway.runtime.runPromise(Effect.map(EventLog, (log) => log.end()))

/** My removed devices. */
const removed: string[] = []

/** All events of the user's devices, in order. */
const everything = async (token: string): Promise<readonly RecordedJson[]> => {
  const { items } = (await gateway.get("/v1/devices?limit=500", { token })).body
  const ids = [...items.map((device: { id: string }) => device.id), ...(token === me ? removed : [])]
  const histories = await Promise.all(ids.map((device) => gateway.events(token, device)))
  return histories.flat().toSorted((a, b) => a.position - b.position)
}
const positionsOf = (events: readonly RecordedJson[]) => events.map(({ position }) => position)

describe("[WS-1] the stream", () => {
  it("with after=0 sends the whole history, each event as /events shows it, and continues", async () => {
    const history = await everything(me)
    await using follower = await follow(gateway, "?after=0", { token: me })
    await follower.reach(history.at(-1)?.position ?? 0)
    expect(follower.events).toEqual(history)
    await traffic(1, "goes on")
    await until(() => follower.events.some(({ data }) => data.content?.text === "goes on 0"), "the message")
    await follower.reach((await everything(me)).at(-1)?.position ?? 0)
    expect(follower.events).toEqual(await everything(me))
  })

  it("without after sends what happens from now on", async () => {
    const before = await end()
    await using follower = await follow(gateway, "", { token: me })
    await traffic(2, "from now on")
    await follower.reach((await everything(me)).at(-1)?.position ?? 0)
    expect(follower.positions).toEqual(positionsOf(await everything(me)).filter((position) => position > before))
  })

  it("after the end of the log waits for what comes", async () => {
    const after = (await end()) + 1
    await using follower = await follow(gateway, `?after=${after}`, { token: me })
    await traffic(2, "behind the end")
    await follower.reach((await everything(me)).at(-1)?.position ?? 0)
    expect(follower.positions).toEqual(positionsOf(await everything(me)).filter((position) => position > after))
  })

  it("has no gap and no repeat, wherever and whenever a client joins during heavy load", async () => {
    const joined: { readonly after: number; readonly follower: Follower }[] = []
    const over = traffic(120, "concurrent")
    const also = (async () => {
      for (let n = 0; n < 40; n++) await gateway.post(`/v1/devices/${SECOND}/restart`, {}, { token: me })
    })()
    for (let n = 0; n < 12; n++) {
      const after = Math.floor(((await end()) * n) / 11)
      joined.push({ after, follower: await follow(gateway, `?after=${after}`, { token: me }) })
      await until(async () => (await end()) > after + n, "something to happen")
    }
    await Promise.all([over, also])
    await gateway.post(`/v1/devices/${SECOND}/stop`, {}, { token: me })
    const all = positionsOf(await everything(me))
    for (const { after, follower } of joined) {
      await follower.reach(all.at(-1) ?? 0)
      expect(follower.positions).toEqual(all.filter((position) => position > after))
      await follower.leave()
    }
  })

  it("has neither for one device, nor for the operator, who follows all devices", async () => {
    const own = await follow(gateway, `?after=0&device=${ME}`, { token: me })
    const all = await follow(gateway, "?after=0", asOperator)
    await traffic(40, "one device")
    const last = await end()
    await all.reach(last)
    expect(all.positions).toEqual(Array.from({ length: last }, (_, n) => n + 1))
    const history = positionsOf(await gateway.events(me, ME))
    await own.reach(history.at(-1) ?? 0)
    expect(own.positions).toEqual(history)
    await own.leave()
    await all.leave()
  })

  it("sends a client that returns with its last position everything it missed, once", async () => {
    const over = traffic(80, "coming back")
    const seen: number[] = []
    const sent = { all: false }
    void over.then(() => {
      sent.all = true
    })
    for (let turn = 0; !sent.all || turn < 5; turn++) {
      const follower = await follow(gateway, `?after=${seen.at(-1) ?? 0}`, { token: me })
      await until(() => sent.all || follower.events.length > turn, "some events")
      await follower.leave()
      seen.push(...follower.positions)
    }
    const rest = await follow(gateway, `?after=${seen.at(-1) ?? 0}`, { token: me })
    const all = positionsOf(await everything(me))
    await until(() => (rest.lastPosition || seen.at(-1)) === all.at(-1), "the rest")
    await rest.leave()
    expect([...seen, ...rest.positions]).toEqual(all)
  })

  it("sends a long history of two devices completely and in order", async () => {
    await record(ME, 1_300)
    await record(SECOND, 700)
    await record(ME, 5, 11)
    const all = positionsOf(await everything(me))
    await using follower = await follow(gateway, "?after=0", { token: me })
    await using single = await follow(gateway, `?after=0&device=${SECOND}`, { token: me })
    await follower.reach(all.at(-1) ?? 0)
    expect(follower.positions).toEqual(all)
    const second = positionsOf(await gateway.events(me, SECOND))
    await single.reach(second.at(-1) ?? 0)
    expect(single.positions).toEqual(second)
  })

  it("ends with 1001 and the last position when the gateway stops, and continues after it later", async () => {
    await record(ME, 3_000, 12)
    // When the gateway stops, some clients have read everything, some are in the middle, and one reads nothing.
    const done = await follow(gateway, "?after=0", { token: me })
    await done.reach(positionsOf(await everything(me)).at(-1) ?? 0)
    const reading = await Promise.all(
      [me, me, me].map(async (token) => {
        const follower = await follow(gateway, "?after=0", { token })
        await until(() => follower.events.length > 0, "the first events")
        return follower
      })
    )
    await using asleep = await follow(gateway, "?after=0", { token: me })
    asleep.pause()
    const stopping = Date.now()
    await gateway.restart()
    expect(Date.now() - stopping).toBeLessThan(5_000)
    await gateway.untilState(me, ME, "CONNECTED")
    await traffic(3, "after the restart")
    const all = positionsOf(await everything(me))
    for (const before of [done, ...reading]) {
      const { code, reason } = await before.closed
      expect({ code, reason: JSON.parse(reason) }).toEqual({
        code: 1001,
        reason: { reason: "the gateway stops", position: before.lastPosition }
      })
      await using after = await follow(gateway, `?after=${before.lastPosition}`, { token: me })
      await after.reach(all.at(-1) ?? 0)
      expect([...before.positions, ...after.positions]).toEqual(all)
    }
  })
})

describe("filters", () => {
  const matching = async (query: string, expected: (event: RecordedJson) => boolean) => {
    const history = (await everything(me)).filter(expected)
    expect(history).not.toEqual([])
    await using follower = await follow(gateway, `?after=0&${query}`, { token: me })
    await follower.reach(history.at(-1)?.position ?? 0)
    await traffic(1, "filtered")
    await gateway.post(`/v1/devices/${SECOND}/restart`, {}, { token: me })
    await gateway.post(`/v1/devices/${SECOND}/stop`, {}, { token: me })
    const all = (await everything(me)).filter(expected)
    await follower.reach(all.at(-1)?.position ?? 0)
    expect(follower.events).toEqual(all)
  }

  it("types: for past and new events of all devices", async () => {
    const types = ["message.received", "connection.closed"]
    await matching(`types=${types.join(",")}`, ({ type }) => types.includes(type))
  })

  it("one type", async () => {
    await matching("types=connection.requested", ({ type }) => type === "connection.requested")
  })

  it("a device, by its id or its number", async () => {
    await matching(`device=${SECOND}`, ({ stream }) => !stream.endsWith(id) && !stream.endsWith(ME))
    await matching(`device=${id}`, ({ stream }) => stream.endsWith(id) || stream.endsWith(ME))
  })

  it("both together", async () => {
    await matching(
      `device=${id}&types=message.received`,
      ({ stream, type }) => type === "message.received" && (stream.endsWith(id) || stream.endsWith(ME))
    )
  })

  it("a removed device, by its id", async () => {
    const { body } = await gateway.post("/v1/devices", { sessionId: "short-lived" }, { token: me })
    await gateway.call("DELETE", `/v1/devices/${body.id}`, { token: me })
    removed.push(body.id)
    await using follower = await follow(gateway, `?after=0&device=${body.id}`, { token: me })
    await until(() => follower.events.length === 2, "its history")
    expect(follower.events.map(({ type }) => type)).toEqual(["device.registered", "device.removed"])
  })
})

describe("[SEC-1] the events of a stream", () => {
  it("are those of the user's own devices, including devices added meanwhile", async () => {
    await using mine = await follow(gateway, "?after=0", { token: me })
    await using theirs = await follow(gateway, "?after=0", { token: stranger })
    const both: readonly [string, string][] = [
      ["51955500001", me],
      ["51955500002", stranger]
    ]
    for (const [numero, token] of both) await gateway.post("/api/add-device", { numero, nombre: "x" }, { token })
    for (const [numero, token] of both) await gateway.qr(token, numero)
    await traffic(3, "not for strangers")
    for (const [numero, token] of both) await gateway.post("/api/disconnect", { numero }, { token })
    const [my, their] = [await everything(me), await everything(stranger)]
    await mine.reach(my.at(-1)?.position ?? 0)
    await theirs.reach(their.at(-1)?.position ?? 0)
    expect(mine.events).toEqual(my)
    expect(theirs.events).toEqual(their)
    const types = their.map(({ type }) => type)
    expect(types).toEqual(["device.registered", "connection.requested", "pairing.qr_issued", "connection.closed"])
  })

  it("include a new device of the owner even with a filter by type", async () => {
    await using theirs = await follow(gateway, "?types=connection.closed", { token: stranger })
    const numero = "51955500003"
    await gateway.post("/api/add-device", { numero, nombre: "x" }, { token: stranger })
    await gateway.post("/api/disconnect", { numero }, { token: stranger })
    const closed = (await gateway.events(stranger, numero)).at(-1)
    await theirs.reach(closed?.position ?? 0)
    expect(theirs.events).toEqual([closed])
  })
})

describe("QRs", () => {
  /** The followers by name. All of them follow before the QR is issued. */
  const watch = async (numero: string) => {
    await gateway.post("/v1/devices", { number: numero }, { token: me })
    const device = (await gateway.get(`/v1/devices/${numero}`, { token: me })).body.id as string
    const followers = {
      owner: await follow(gateway, "", { token: me }),
      device: await follow(gateway, `?device=${device}`, { token: me }),
      asked: await follow(gateway, "?types=pairing.qr", { token: me }),
      operator: await follow(gateway, "", asOperator),
      otherDevice: await follow(gateway, `?device=${ME}`, { token: me }),
      otherTypes: await follow(gateway, "?types=connection.closed", { token: me }),
      stranger: await follow(gateway, "", { token: stranger })
    }
    return { device, followers }
  }

  it("are sent as frames without a position, to clients that may see the device and did not filter them out", async () => {
    const numero = "51955500004"
    const { device, followers } = await watch(numero)
    await gateway.post(`/v1/devices/${device}/start`, {}, { token: me })
    const { owner, otherDevice, otherTypes, stranger: outsider, ...others } = followers
    for (const follower of [owner, ...Object.values(others)]) {
      await until(() => follower.secrets.length > 0, "the QR")
      expect(follower.secrets).toEqual([
        { type: "pairing.qr", device, qr: owner.secrets[0]?.qr, expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) }
      ])
      expect(Date.parse(follower.secrets[0]?.expiresAt ?? "")).toBeGreaterThan(Date.now())
    }
    // Later events have reached the others by now, but the QR has not.
    await traffic(1, "after the QR")
    await otherDevice.reach(positionsOf(await gateway.events(me, ME)).at(-1) ?? 0)
    await gateway.post("/v1/devices", { sessionId: "fence" }, { token: stranger })
    await until(() => outsider.events.length > 0, "the stranger's own device")
    await gateway.post(`/v1/devices/${device}/stop`, {}, { token: me })
    await until(() => otherTypes.events.length > 0, "the end of the connection")
    for (const follower of [otherDevice, otherTypes, outsider]) expect(follower.secrets).toEqual([])
    for (const follower of Object.values(followers)) await follower.leave()
  })

  it("[SEC-4] link a phone, and are in no event", async () => {
    const phone = gateway.network.addPhone("51955500005")
    const { device, followers } = await watch(phone.number)
    await gateway.post(`/v1/devices/${device}/start`, {}, { token: me })
    const { qr } = await until(() => followers.owner.secrets[0], "the QR")
    await phone.scanQr(qr ?? "")
    await gateway.untilState(me, phone.number, "CONNECTED")
    const last = positionsOf(await gateway.events(me, phone.number)).at(-1) ?? 0
    await followers.operator.reach(last)
    expect(JSON.stringify(followers.operator.events)).not.toContain(qr)
    expect(followers.operator.events.map(({ type }) => type)).toContain("pairing.qr_issued")
    for (const follower of Object.values(followers)) await follower.leave()
    await gateway.call("DELETE", `/v1/devices/${device}`, { token: me })
    removed.push(device)
  })
})

describe("pairing codes", () => {
  it("are sent the same way, to clients that did not filter them out", async () => {
    const numero = "51955500006"
    const { body } = await gateway.post("/v1/devices", { number: numero }, { token: me })
    const owner = await follow(gateway, `?device=${body.id}`, { token: me })
    const asked = await follow(gateway, "?types=pairing.code", { token: me })
    const outsider = await follow(gateway, "", { token: stranger })
    const { code, expiresAt } = (
      await gateway.post(`/v1/devices/${body.id}/pairing-code`, { number: numero }, { token: me })
    ).body
    const frame = { type: "pairing.code", device: body.id, code, expiresAt }
    await until(() => owner.secrets.some(({ type }) => type === "pairing.code"), "the code")
    expect(owner.secrets).toContainEqual(frame)
    await until(() => asked.secrets.length > 0, "the code")
    expect(asked.secrets).toEqual([frame])
    await gateway.call("DELETE", `/v1/devices/${body.id}`, { token: me })
    removed.push(body.id)
    await gateway.post("/v1/devices", { sessionId: "another-fence" }, { token: stranger })
    await until(() => outsider.events.length > 0, "the stranger's own device")
    expect(outsider.secrets).toEqual([])
    await until(() => owner.events.some(({ type }) => type === "device.removed"), "the end of the device")
    expect(owner.events.map(({ type }) => type)).toContain("pairing.code_issued")
    expect(JSON.stringify(owner.events)).not.toContain(code)
    for (const follower of [owner, asked, outsider]) await follower.leave()
  })
})

describe("tickets", () => {
  const ticketOf = async (token: string) => {
    const { status, body } = await gateway.post("/v1/stream/ticket", {}, { token })
    expect({ status, body }).toEqual({
      status: 201,
      body: { ticket: expect.stringMatching(/^[\w-]{32}$/), expiresAt: expect.stringMatching(/Z$/) }
    })
    expect(Math.abs(Date.parse(body.expiresAt) - Date.now() - 30_000)).toBeLessThan(5_000)
    return body.ticket as string
  }

  it("open one stream as their user, once", async () => {
    const ticket = await ticketOf(stranger)
    await using follower = await follow(gateway, `?after=0&ticket=${ticket}`)
    const their = await everything(stranger)
    await follower.reach(their.at(-1)?.position ?? 0)
    expect(follower.positions).toEqual(positionsOf(their))
    const { status, body } = await refusal(gateway, `?ticket=${ticket}`)
    expect({ status, code: body.code }).toEqual({ status: 401, code: "ticket-invalid" })
  })

  it("are used up by a request that is refused", async () => {
    const ticket = await ticketOf(stranger)
    expect((await refusal(gateway, `?device=${id}&ticket=${ticket}`)).status).toBe(404)
    expect((await refusal(gateway, `?ticket=${ticket}`)).status).toBe(401)
  })

  it("are not accepted as tokens", async () => {
    const ticket = await ticketOf(me)
    expect((await gateway.get("/v1/devices", { token: ticket })).status).toBe(401)
    expect((await gateway.get(`/v1/devices?ticket=${ticket}`)).status).toBe(401)
  })

  it("[SEC-2] do not work once their token is revoked", async () => {
    const { token, other } = await twoTokens("51966600001")
    const ticket = await ticketOf(token)
    await revoke("51966600001", other)
    expect((await refusal(gateway, `?ticket=${ticket}`)).status).toBe(401)
  })
})

/** A new user with two tokens. */
const twoTokens = async (numero: string) => {
  const token = await gateway.user(numero)
  const { body } = await gateway.post("/api/login", { numero, password: PASSWORD })
  return { token, other: body.token as string }
}

/** Ends all of the user's tokens except this one. */
const revoke = async (numero: string, keep: string): Promise<void> => {
  const change = { numero, password: "battery staple", passwordActual: PASSWORD }
  expect((await gateway.post("/api/registro", change, { token: keep })).status).toBe(200)
}

describe("the end of a stream", () => {
  /** The client can continue from here: after its last event, or after later events that it may not see. */
  const from = (last: number) => expect.toSatisfy((position: number) => position >= last, `at or after ${last}`)

  it("[SEC-2] comes within a second of its token's end, with the position; streams of the user's other tokens stay", async () => {
    const numero = "51966600002"
    const { token, other } = await twoTokens(numero)
    const { body } = await gateway.post("/v1/devices", { number: numero }, { token })
    const { ticket } = (await gateway.post("/v1/stream/ticket", {}, { token })).body
    const cut = [
      await follow(gateway, "?after=0", { token }),
      await follow(gateway, `?after=0&device=${body.id}`, { token }),
      await follow(gateway, `?after=0&ticket=${ticket}`)
    ]
    await using kept = await follow(gateway, "?after=0", { token: other })
    const [registered] = await gateway.events(token, numero)
    for (const follower of cut) await follower.reach(registered?.position ?? 0)
    await revoke(numero, other)
    const revokedAt = Date.now()
    for (const follower of cut) {
      const { code, reason } = await follower.closed
      expect({ code, reason: JSON.parse(reason) }).toEqual({
        code: 4401,
        reason: { reason: "the token has ended", position: from(registered?.position ?? 0) }
      })
    }
    expect(Date.now() - revokedAt).toBeLessThan(1_500)
    expect((await refusal(gateway, "", { token })).status).toBe(401)
    await gateway.post(`/v1/devices/${body.id}/start`, {}, { token: other })
    await until(() => kept.events.some(({ type }) => type === "connection.requested"), "the request")
  })

  it("comes with 4503 and the position when the store is unavailable", async () => {
    await using follower = await follow(gateway, "?after=0", { token: stranger })
    const last = positionsOf(await everything(stranger)).at(-1) ?? 0
    await follower.reach(last)
    const database = new DatabaseSync(join(gateway.directory, "bitacora.db"))
    database.exec("PRAGMA legacy_alter_table = 1; ALTER TABLE access_token RENAME TO access_token_away")
    const { code, reason } = await follower.closed
    database.exec("ALTER TABLE access_token_away RENAME TO access_token")
    database.close()
    expect({ code, reason: JSON.parse(reason) }).toEqual({
      code: 4503,
      reason: { reason: "the store is unavailable", position: from(last) }
    })
  })

  it("[SEC-5] comes for a client that sends much; little is ignored, and other clients are not affected", async () => {
    await using quiet = await follow(gateway, `?device=${ME}`, { token: me })
    await using talker = await follow(gateway, "", { token: stranger })
    talker.send("hola")
    talker.send(Buffer.from([0xff, 0xfe, 0x00]))
    talker.send("x".repeat(100_000))
    expect((await talker.closed).code).toBe(1009)
    await traffic(1, "nobody else")
    await until(() => quiet.events.length > 0, "the message")
  })
})

describe("[WS-2] a client that does not read", () => {
  const KILOBYTES = 10
  const EVENTS = 3_000
  let from: number

  beforeAll(async () => {
    from = await end()
    for (let n = 0; n < EVENTS; n += 500) await record(SECOND, 500, KILOBYTES * 1_000 + n)
  })

  /** The gateway's own code on a server of this test, which sees what is buffered for the client. */
  const serve = async (patience: Patience) => {
    const server = createServer()
    const sockets = new WebSocketServer({ server })
    const waiting = { most: 0, isGivenUp: false }
    const following: Following = {
      principal: operator,
      after: from,
      device: undefined,
      deviceNumbers: undefined,
      types: undefined,
      watched: []
    }
    const stopping = Deferred.makeUnsafe<void>()
    sockets.on("connection", (socket) => {
      const look = setInterval(() => {
        waiting.most = Math.max(waiting.most, socket.bufferedAmount)
      }, 5)
      const writer = webSocketWriter(socket)
      void gateway.gateway.runtime
        .runPromise(serveFeed({ following, wording, writer, stopping, patience }))
        .finally(() => {
          clearInterval(look)
          waiting.isGivenUp = true
        })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    const client = new WebSocket(`ws://127.0.0.1:${port}`)
    const follower = new Follower(client)
    await new Promise((resolve) => client.once("open", resolve))
    return {
      follower,
      waiting,
      [Symbol.asyncDispose]: async () => {
        await follower[Symbol.asyncDispose]()
        sockets.close()
        await new Promise((resolve) => server.close(resolve))
      }
    }
  }

  it("gets its socket closed with its last position; only a bounded amount is buffered for it", async () => {
    await using service = await serve({ bufferedBytesMax: 100_000, slowAfterMs: 300 })
    const { follower, waiting } = service
    follower.pause()
    await until(() => waiting.isGivenUp, "the gateway to give up")
    follower.resume()
    const { code, reason } = await follower.closed
    expect({ code, reason: JSON.parse(reason) }).toEqual({
      code: CLOSE.tooSlow,
      reason: { reason: "too slow", position: follower.lastPosition }
    })
    expect(follower.positions).toEqual(Array.from(follower.positions, (_, n) => from + 1 + n))
    expect(follower.positions.length).toBeLessThan(EVENTS)
    expect(waiting.most).toBeLessThan(100_000 + 2 * (KILOBYTES * 1_000 + EVENTS + 1_000))
    // The client continues from there.
    await using rest = await follow(gateway, `?after=${follower.lastPosition}`, asOperator)
    const last = await end()
    await rest.reach(last)
    expect(rest.positions).toEqual(
      Array.from({ length: last - follower.lastPosition }, (_, n) => follower.lastPosition + 1 + n)
    )
  })

  it("for a moment loses nothing", async () => {
    await using service = await serve({ bufferedBytesMax: 100_000, slowAfterMs: 10_000 })
    const { follower, waiting } = service
    follower.pause()
    await until(() => waiting.most > 0, "something to wait")
    follower.resume()
    const last = await end()
    await follower.reach(last)
    expect(follower.positions).toEqual(Array.from({ length: last - from }, (_, n) => from + 1 + n))
  })

  it("delays no other client", async () => {
    await using slow = await follow(gateway, `?after=${from}`, asOperator)
    slow.pause()
    await using quick = await follow(gateway, "", { token: me })
    const sent = Date.now()
    await traffic(1, "nobody waits")
    await until(() => quick.events.length > 0, "the message")
    expect(Date.now() - sent).toBeLessThan(2_000)
  })
})

describe("a wrong request is refused in HTTP before the upgrade", () => {
  it.each([
    ["after=-1", 400, "invalid-request", "after"],
    ["after=x", 400, "invalid-request", "after"],
    ["after=1&after=2", 400, "invalid-request", "after"],
    ["types=", 400, "invalid-request", "types"],
    ["types=a,,b", 400, "invalid-request", "types"],
    ["types=DROP%20TABLE", 400, "invalid-request", "types"],
    ["types=message.received,message.recieved", 400, "invalid-request", "types"],
    ["until=5", 400, "invalid-request", "until"],
    ["device=51922222222", 404, "device-not-found", undefined],
    ["device=", 404, "device-not-found", undefined],
    ["ticket=guess", 401, "ticket-invalid", undefined]
  ])("?%.40s is %i %s", async (query, status, code, field) => {
    const answer = await refusal(gateway, `?${query}`, { token: me })
    expect(answer).toMatchObject({ status, body: { status, code, ...(field === undefined ? {} : { field }) } })
    expect(answer.contentType).toBe("application/problem+json; charset=utf-8")
  })

  it("an upgrade on any other path is refused", async () => {
    const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/v1/devices`, {
      headers: { authorization: `Bearer ${me}` }
    })
    const status = await new Promise((resolve) => {
      socket.once("error", () => {})
      socket.once("unexpected-response", (_request, response) => resolve(response.statusCode))
      socket.once("open", () => resolve("open"))
    })
    socket.terminate()
    expect(status).toBe(400)
  })
})
