import { mkdtempSync, renameSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Clock, Effect, Layer, ManagedRuntime } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hashEnvelope } from "../../src/events/hash-chain.ts"
import { Database } from "../../src/store/database.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { Subscriptions } from "../../src/store/subscriptions/subscriptions.ts"
import { follow, refusal } from "../http/support/follower.ts"
import { VirtualClock } from "../simulation/virtual-clock.ts"
import { sqliteIn } from "../support/dialects.ts"
import { appendTo, received } from "../support/events.ts"
import { registered } from "../support/device-arbitraries.ts"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { openOn } from "../support/store.ts"
import { until } from "../support/until.ts"
import { runScript } from "../support/run-script.ts"

const DAY_MS = 86_400_000
/** One event per day; the last one an hour ago. */
const DAYS = 100
const DEVICE = "dev_00000000000000000000000001"

const directory = mkdtempSync(join(tmpdir(), "bitacora-trim-"))
const store = sqliteIn(directory)
const bitacora = (...args: string[]) => runScript("bitacora.js", args, { DATA_DIR: directory })

beforeAll(async () => {
  const clock = new VirtualClock(Date.now() - (DAYS - 1) * DAY_MS - 3_600_000)
  const layer = EventLog.layer().pipe(
    Layer.provideMerge(Database.layer(() => store.open())),
    Layer.provide(Layer.succeed(Clock.Clock, clock))
  )
  const runtime = ManagedRuntime.make(layer)
  const log = await runtime.runPromise(EventLog)
  const birth = { ...registered(), from: "NONE", to: "NONE" }
  await Effect.runPromise(log.commit({ appends: [appendTo(`device/${DEVICE}`, "new", [birth])] }))
  for (let day = 2; day <= DAYS; day++) {
    await clock.advance(DAY_MS, async () => {})
    await Effect.runPromise(log.commit({ appends: [appendTo(`messages/${DEVICE}`, "any", [received(`m${day}`)])] }))
  }
  await runtime.dispose()
})
afterAll(() => store.drop())

describe("bitacora trim", () => {
  it.each([
    ["a missing point", [], "--before"],
    ["a text that is not a point", ["--before", "yesterday"], "neither a position nor an ISO 8601 time"],
    ["an unknown option", ["--after", "7"], "--after"]
  ])("refuses %s in one line", async (_name, args, problem) => {
    const { code, err } = await bitacora("trim", ...args)
    expect(code).toBe(1)
    expect(err).toContain(problem)
    expect(err).not.toContain("    at ")
  })

  it("says what would be dropped, and drops nothing without --yes", async () => {
    const { out } = await bitacora("trim", "--before", "21")
    expect(out).toBe("20 events would be dropped, positions 1 to 20; add --yes to drop them\n")
    expect((await bitacora("trim", "--before", "1")).out).toMatch(/^there is nothing to drop before that point/)
    expect(JSON.parse((await bitacora("audit", "verify")).out)).toMatchObject({ valid: true, from: 1, to: DAYS })
  })

  it("[LOG-11] keeps what a subscription has not read, names it, and drops it once the subscription is removed", async () => {
    const filled = await openOn(store)
    const open = Subscriptions.use((shape) => shape.open("slow", { from: "start" }))
    const slow = await filled.run(open.pipe(Effect.provide(Subscriptions.layer)))
    await Effect.runPromise(slow.advance(10))
    await filled.close()
    const held = "the subscription slow has read only up to position 10"
    expect((await bitacora("trim", "--before", "21")).out).toBe(
      `10 events would be dropped, positions 1 to 10; add --yes to drop them\nthe rest is kept: ${held}\n`
    )
    const listed = await bitacora("subscriptions", "--json")
    expect(JSON.parse(listed.out)).toMatchObject([{ name: "slow", position: 10, lag: DAYS - 10 }])
    expect((await bitacora("subscriptions")).out).toMatch(/^slow +10 +90 +\d{4}-/m)
    expect((await bitacora("subscriptions", "--remove", "quick")).err).toBe("there is no subscription quick\n")
    expect((await bitacora("subscriptions", "--remove", "slow")).out).toBe("the subscription slow was removed\n")
    expect((await bitacora("subscriptions")).out).toBe("there are no subscriptions\n")
    expect((await bitacora("trim", "--before", "21")).out).toMatch(/^20 events would be dropped/)
  })

  it("keeps the last day, whose requests clients may repeat", async () => {
    const { out } = await bitacora("trim", "--before", String(DAYS + 50))
    const [, last] = out.match(/to (\d+);/) ?? []
    expect(Number(last)).toBeLessThan(DAYS)
    expect(Number(last)).toBeGreaterThan(DAYS - 4)
  })

  it("[LOG-6] leaves a log that verifies from its start with the gateway's key, and with no other", async () => {
    const { code, out } = await bitacora("trim", "--before", "21", "--yes")
    expect(code).toBe(0)
    const publicKey = (await bitacora("audit", "key")).out.trim()
    expect(JSON.parse(out)).toMatchObject({ position: 20, publicKey })
    const verified = await bitacora("audit", "verify")
    expect(JSON.parse(verified.out)).toMatchObject({ valid: true, from: 21, to: DAYS + 1 })
    const stranger = await bitacora("audit", "verify", "--key", Buffer.alloc(32).toString("base64"))
    expect(stranger.code).toBe(1)
    expect(JSON.parse(stranger.out)).toEqual({ valid: false, position: 20, reason: "changed" })
    const keyFile = join(directory, "audit.key")
    renameSync(keyFile, `${keyFile}.away`)
    const keyless = await bitacora("audit", "verify")
    renameSync(`${keyFile}.away`, keyFile)
    expect(keyless).toMatchObject({ code: 1, err: expect.stringContaining("--key") })
    const device = await bitacora("audit", "verify", "--device", DEVICE)
    expect(JSON.parse(device.out)).toMatchObject({ valid: true })
    const gone = await bitacora("audit", "verify", "--from", "20")
    expect(gone).toMatchObject({ code: 1, err: "earlier events were trimmed: the log begins at position 21\n" })
  })

  it("[LOG-6] leaves a log whose export continues where a copy of the dropped part ends", async () => {
    const { out } = await bitacora("export")
    const [first, second] = out.split("\n").map((line) => line && JSON.parse(line))
    expect(first.position).toBe(21)
    const start = JSON.parse((await bitacora("export", "--type", "log.trimmed")).out)
    expect(start.data).toMatchObject({ position: 20, hash: first.previousHash })
    const bytes = (hex: string) => Buffer.from(hex, "hex")
    const envelope = {
      ...second,
      payloadHash: bytes(second.payloadHash),
      streamPreviousHash: bytes(second.streamPreviousHash)
    }
    expect(Buffer.from(hashEnvelope(bytes(first.hash), envelope)).toString("hex")).toBe(second.hash)
    expect((await bitacora("export", "--after", "19")).err).toContain("the log begins at position 21")
  })

  it("[LOG-5] leaves a replay that still knows the device, and says what it no longer has", async () => {
    expect((await bitacora("replay", DEVICE)).out).toContain("NONE")
    const before = await bitacora("replay", DEVICE, "--at", "19")
    expect(before).toMatchObject({ code: 1, err: "earlier events were trimmed: the log begins at position 21\n" })
  })
})

describe("a gateway that keeps events for 30 days", () => {
  let gateway: TestGateway
  let start: number

  beforeAll(async () => {
    gateway = await TestGateway.start({ env: { DATA_DIR: directory, RETENTION: "envelopes=30d" } })
    start = await until(async () => {
      const { body } = await gateway.get("/v1/audit/verify", { operator: true })
      expect(body).toMatchObject({ valid: true })
      return body.from > 21 && body.from
    }, "the log to be trimmed")
  })
  afterAll(() => gateway[Symbol.asyncDispose]())

  it("drops older events on its own, once", async () => {
    expect(start).toBeGreaterThan(DAYS - 33)
    expect(start).toBeLessThan(DAYS - 27)
    const { body } = await gateway.get("/v1/audit/verify", { operator: true })
    expect(body).toMatchObject({ valid: true, from: start, complete: true })
  })

  it("refuses the command while it runs, and says what to do", async () => {
    const { code, err } = await bitacora("trim", "--before", "90", "--yes")
    expect(code).toBe(1)
    expect(err).toContain("RETENTION=envelopes=<days>d")
  })

  it.each([
    ["a client that continues before the start", "/v1/devices/dev/events?after=5"],
    ["a replay of an earlier point", "/v1/devices/dev/replay?at=5"],
    ["a verification from an earlier position", "/v1/audit/verify?from=5"],
    ["an export from an earlier position", "/v1/events/export?after=5"]
  ])("[WS-1] tells %s that it would miss events, and where to begin", async (_name, path) => {
    const { status, body } = await gateway.get(path.replace("dev/", `${DEVICE}/`), { operator: true })
    expect(status).toBe(410)
    expect(body).toMatchObject({ code: "history-trimmed", start })
  })

  it("[WS-1] gives everything that is left to after=0, and 410 to a stream from an earlier position", async () => {
    const { body } = await gateway.get(`/v1/devices/${DEVICE}/events?limit=1`, { operator: true })
    expect(body.items[0].position).toBe(start)
    const headers = { "x-api-key": OPERATOR_KEY }
    expect(await refusal(gateway, "?after=5", { headers })).toMatchObject({ status: 410, body: { start } })
    await using follower = await follow(gateway, "?after=0", { headers })
    await until(() => follower.events.length > 3, "events")
    expect(follower.events[0]?.position).toBe(start)
  })
})
