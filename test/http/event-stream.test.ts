/** The log as Server-Sent Events: the same events as on the WebSocket, and the same ends. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Deferred, Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { operator } from "../../src/application/principal.ts"
import { serveEventStream } from "../../src/http/feeds/event-stream.ts"
import { CLOSE, type Patience } from "../../src/http/feeds/feed.ts"
import { wording } from "../../src/http/routes/v1/stream.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { appendTo, received } from "../support/events.ts"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY, type RecordedJson } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { followLive, LiveFeed, openFeed, refusedLive } from "./support/event-stream.ts"

const ORIGIN = "https://panel.example.com"
const PASSWORD = "correct horse"
const asOperator = { headers: { "x-api-key": OPERATOR_KEY } }

let gateway: TestGateway
let me: string
let stranger: string
let id: string
let deviceNumber: number
let theirs: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { STREAMS_PER_USER_MAX: "30", ALLOWED_ORIGINS: ORIGIN } })
  me = await gateway.user("51948907640")
  stranger = await gateway.user("51911111111")
  const { body } = await gateway.post("/v1/devices", { sessionId: "mine" }, { token: me })
  id = body.id
  deviceNumber = body.deviceNumber
  theirs = (await gateway.post("/v1/devices", { sessionId: "theirs" }, { token: stranger })).body.id
})
afterAll(() => gateway[Symbol.asyncDispose]())

let recorded = 0
/** Records received messages on my device. */
const record = async (count: number, characters = 10): Promise<void> => {
  const events = Array.from({ length: count }, () => received(`m${recorded++}`, "x".repeat(characters)))
  const append = appendTo(`messages/${id}`, "any", events, deviceNumber)
  await gateway.gateway.runtime.runPromise(Effect.flatMap(EventLog, (log) => log.commit({ appends: [append] })))
}
const end = (): Promise<number> => gateway.gateway.runtime.runPromise(Effect.map(EventLog, (log) => log.end()))
const everything = (): Promise<readonly RecordedJson[]> => gateway.events(me, id)
const positionsOf = (events: readonly RecordedJson[]) => events.map(({ position }) => position)

describe("[WS-1] Server-Sent Events", () => {
  it("with after=0 send the whole history, each event as /events shows it, and continue", async () => {
    await record(130)
    await using feed = await followLive(gateway, "?after=0", { token: me })
    expect(feed.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no"
    })
    const history = await everything()
    await feed.reach(history.at(-1)?.position ?? 0)
    expect(feed.events).toEqual(history)
    expect(feed.retryMs).toBe(3_000)
    await record(1)
    await until(() => feed.events.length > history.length, "the message")
    expect(feed.events).toEqual(await everything())
    expect(feed.lastEventId).toBe(String(feed.lastPosition))
  })

  it("have no gap and no repeat for a client that returns with Last-Event-ID, wherever it was cut", async () => {
    const from = await end()
    const seen: number[] = []
    let lastEventId = ""
    const over = (async () => {
      for (let n = 0; n < 40; n++) await record(25)
    })()
    const sent = { all: false }
    void over.then(() => {
      sent.all = true
    })
    for (let turn = 0; !sent.all || turn < 10; turn++) {
      const headers = lastEventId === "" ? {} : { "last-event-id": lastEventId }
      // A browser sends the first URL again; the header is newer.
      const feed = await followLive(gateway, `?after=${from}`, { token: me, headers })
      await until(() => sent.all || feed.events.length > turn, "some events")
      await feed.leave()
      seen.push(...feed.positions)
      lastEventId = feed.lastEventId
    }
    await over
    await using rest = await followLive(gateway, "", { token: me, headers: { "last-event-id": lastEventId } })
    const all = positionsOf(await everything()).filter((position) => position > from)
    await until(() => (rest.lastPosition || seen.at(-1)) === all.at(-1), "the rest")
    expect([...seen, ...rest.positions]).toEqual(all)
  })

  it("tell a client at once from where it can continue, even if nothing happens", async () => {
    const feed = await followLive(gateway, "?types=device.paired", { token: me })
    await until(() => feed.comments > 0, "a comment")
    await feed.leave()
    const { lastEventId } = feed
    expect(lastEventId).toBe(String(await end()))
    await record(3)
    await using again = await followLive(gateway, "", { token: me, headers: { "last-event-id": lastEventId } })
    await until(() => again.events.length === 3, "what it missed")
  })

  it("follow filters", async () => {
    await using one = await followLive(gateway, `?after=0&device=${id}&types=device.registered`, { token: me })
    await until(() => one.events.length > 0, "the registration")
    await record(1)
    await using other = await followLive(gateway, "?after=0&types=message.received", { token: stranger })
    await using all = await followLive(gateway, "?after=0", asOperator)
    await all.reach(await end())
    expect(all.positions).toEqual(Array.from({ length: await end() }, (_, n) => n + 1))
    expect(one.events.map(({ type }) => type)).toEqual(["device.registered"])
    expect(other.events).toEqual([])
  })
})

describe("QRs", () => {
  it("come without an id, to clients that may see the device", async () => {
    const { body } = await gateway.post("/v1/devices", { sessionId: "unlinked" }, { token: me })
    await using mine = await followLive(gateway, "", { token: me })
    await using other = await followLive(gateway, "", { token: stranger })
    await gateway.post(`/v1/devices/${body.id}/start`, {}, { token: me })
    await until(() => mine.secrets.length > 0, "the QR")
    expect(mine.secrets[0]).toMatchObject({ type: "pairing.qr", device: body.id, qr: expect.any(String) })
    await gateway.post("/v1/devices", { sessionId: "fence" }, { token: stranger })
    await until(() => other.events.length > 0, "their own event")
    expect(other.secrets).toEqual([])
    await gateway.post(`/v1/devices/${body.id}/stop`, {}, { token: me })
  })
})

describe("tickets", () => {
  it("open one response each", async () => {
    const { ticket } = (await gateway.post("/v1/stream/ticket", {}, { token: stranger })).body
    await using feed = await followLive(gateway, `?after=0&ticket=${ticket}`)
    await until(() => feed.events.length > 0, "their events")
    expect(feed.events[0]?.data.deviceId).toBe(theirs)
    const { status, body } = await refusedLive(gateway, `?ticket=${ticket}`)
    expect({ status, code: body.code }).toEqual({ status: 401, code: "ticket-invalid" })
  })
})

describe("a wrong request is refused as a problem", () => {
  it.each([
    ["?after=-1", {}, 400, "invalid-request", "after"],
    ["?types=message.recieved", {}, 400, "invalid-request", "types"],
    ["?until=5", {}, 400, "invalid-request", "until"],
    ["?device=51922222222", {}, 404, "device-not-found", undefined],
    ["", { "last-event-id": "x" }, 400, "invalid-request", "Last-Event-ID"],
    ["", { "last-event-id": "-1" }, 400, "invalid-request", "Last-Event-ID"],
    ["", { "last-event-id": "9".repeat(16) }, 400, "invalid-request", "Last-Event-ID"]
  ])("%s %j is %i %s", async (query, headers, status, code, field) => {
    const answer = await refusedLive(gateway, query, { token: me, headers })
    expect(answer).toMatchObject({ status, body: { status, code, ...(field === undefined ? {} : { field }) } })
  })

  it("HEAD gets the headers", async () => {
    const { status, headers } = await gateway.call("HEAD", "/v1/events/live", { token: me })
    expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"])
  })
})

describe("[SEC-1] Server-Sent Events", () => {
  it("show a token for certain devices nothing of the others, nor other users' devices", async () => {
    const spare = await gateway.post("/v1/devices", { sessionId: "spare" }, { token: me })
    const limited = { name: "x", scopes: ["read"], devices: [spare.body.id] }
    const { token } = (await gateway.post("/v1/tokens", limited, { token: me })).body
    await using feed = await followLive(gateway, "?after=0", { token })
    await until(() => feed.events.length > 0, "the registration of the spare device")
    await record(1)
    await gateway.post(`/v1/devices/${spare.body.id}/start`, {}, { token: me })
    await until(() => feed.events.length > 1, "the start")
    expect(feed.events.every(({ stream }) => stream === `device/${spare.body.id}`)).toBe(true)
    await gateway.post(`/v1/devices/${spare.body.id}/stop`, {}, { token: me })
    for (const credential of [stranger, token]) {
      expect((await refusedLive(gateway, `?device=${id}`, { token: credential })).status).toBe(404)
    }
  })

  it("are open to pages of ALLOWED_ORIGINS only", async () => {
    const allowed = await followLive(gateway, "", { token: me, headers: { origin: ORIGIN } })
    const other = await followLive(gateway, "", { token: me, headers: { origin: "https://elsewhere.example.com" } })
    expect(allowed.headers["access-control-allow-origin"]).toBe(ORIGIN)
    expect(other.headers["access-control-allow-origin"]).not.toBe("https://elsewhere.example.com")
    await allowed.leave()
    await other.leave()
  })
})

describe("the end", () => {
  it("[SEC-2] comes within a second of the token's end, with the position", async () => {
    const numero = "51966600002"
    const token = await gateway.user(numero)
    const other = (await gateway.post("/api/login", { numero, password: PASSWORD })).body.token
    await gateway.post("/v1/devices", { sessionId: "s" }, { token })
    await using feed = await followLive(gateway, "?after=0", { token })
    await using kept = await followLive(gateway, "?after=0", { token: other })
    await until(() => feed.events.length > 0, "the registration")
    const change = { numero, password: "battery staple", passwordActual: PASSWORD }
    expect((await gateway.post("/api/registro", change, { token: other })).status).toBe(200)
    const since = Date.now()
    const ended = await feed.ended
    expect(Date.now() - since).toBeLessThan(1_500)
    expect(ended).toMatchObject({ code: CLOSE.revoked, reason: "the token has ended" })
    expect(ended?.position).toBeGreaterThanOrEqual(feed.lastPosition)
    await gateway.post("/v1/devices", { sessionId: "t" }, { token: other })
    await until(() => kept.events.length > 1, "the next event")
  })

  it("of a client's own making gives its place to another", async () => {
    const token = await gateway.user("51966600003")
    const open = await Promise.all(Array.from({ length: 30 }, () => followLive(gateway, "", { token })))
    expect((await refusedLive(gateway, "", { token })).status).toBe(429)
    await gateway.call("HEAD", "/v1/events/live", { token: me })
    await open.pop()?.leave()
    await until(async () => {
      const next = await openFeed(`${gateway.url}/v1/events/live`, { token })
      if (next instanceof LiveFeed) open.push(next)
      return next instanceof LiveFeed
    }, "a place")
    for (const feed of open) await feed.leave()
  })

  it("comes when the gateway stops, within its time, also for a client that reads nothing", async () => {
    await record(3_000, 1_000)
    const last = await end()
    await using done = await followLive(gateway, "?after=0", { token: me })
    await done.reach(last)
    await using asleep = await followLive(gateway, "?after=0", { token: me })
    asleep.pause()
    const since = Date.now()
    await gateway.restart()
    expect(Date.now() - since).toBeLessThan(5_000)
    expect(await done.ended).toEqual({ code: CLOSE.stopping, reason: "the gateway stops", position: last })
    await record(2)
    await using after = await followLive(gateway, "", { token: me, headers: { "last-event-id": done.lastEventId } })
    await until(() => after.events.length === 2, "what came after the restart")
  })
})

describe("[WS-2] a client that does not read", () => {
  const CHARACTERS = 10_000
  const EVENTS = 3_000
  let from: number

  beforeAll(async () => {
    from = await end()
    for (let n = 0; n < EVENTS; n += 500) await record(500, CHARACTERS)
  })

  /** The gateway's own code on a server of this test, which sees what is buffered for the client. */
  const serve = async (patience: Patience) => {
    const waiting = { most: 0, isGivenUp: false }
    const following = {
      principal: operator,
      after: from,
      device: undefined,
      deviceNumbers: undefined,
      types: undefined,
      watched: []
    }
    const server = createServer((_request, response) => {
      const look = setInterval(() => {
        waiting.most = Math.max(waiting.most, response.writableLength)
      }, 5)
      const feed = { following, wording, stopping: Deferred.makeUnsafe<void>(), patience }
      void gateway.gateway.runtime.runPromise(serveEventStream(response, feed)).finally(() => {
        clearInterval(look)
        waiting.isGivenUp = true
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    const feed = await openFeed(`http://127.0.0.1:${port}`)
    if (!(feed instanceof LiveFeed)) throw new Error("refused")
    const dispose = async () => {
      await feed.leave()
      await until(() => waiting.isGivenUp, "the gateway to notice")
      await new Promise((resolve) => server.close(resolve))
    }
    return { feed, waiting, [Symbol.asyncDispose]: dispose }
  }

  it("is told its last position; only a bounded amount is buffered for it", async () => {
    await using service = await serve({ bufferedBytesMax: 100_000, slowAfterMs: 300 })
    const { feed, waiting } = service
    feed.pause()
    await until(() => waiting.isGivenUp, "the gateway to give up")
    feed.resume()
    expect(await feed.ended).toEqual({ code: CLOSE.tooSlow, reason: "too slow", position: feed.lastPosition })
    expect(feed.positions).toEqual(Array.from(feed.positions, (_, n) => from + 1 + n))
    expect(feed.positions.length).toBeLessThan(EVENTS)
    expect(waiting.most).toBeLessThan(100_000 + 2 * (CHARACTERS + 1_000))
    await using rest = await followLive(gateway, "", {
      ...asOperator,
      headers: { ...asOperator.headers, "last-event-id": feed.lastEventId }
    })
    const last = await end()
    await rest.reach(last)
    expect(rest.positions[0]).toBe(feed.lastPosition + 1)
    expect(rest.positions).toHaveLength(last - feed.lastPosition)
  })

  it("for a moment loses nothing", async () => {
    await using service = await serve({ bufferedBytesMax: 100_000, slowAfterMs: 10_000 })
    const { feed, waiting } = service
    feed.pause()
    await until(() => waiting.most > 0, "something to wait")
    feed.resume()
    const last = await end()
    await feed.reach(last)
    expect(feed.positions).toEqual(Array.from({ length: last - from }, (_, n) => from + 1 + n))
  })
})
