import { hash } from "node:crypto"
import { Result } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readSignedHead } from "../../src/store/audit/signed-head.ts"
import { filesWith } from "../support/files-with.ts"
import { runScript } from "../support/run-script.ts"
import { TestGateway } from "../support/gateway.ts"
import { type CallOptions, OPERATOR_KEY } from "../support/gateway-client.ts"

const ME = "51948907640"
const CONTACT = "51999999999"
const FORMULA = '=HYPERLINK("http://example.test","x")'

let gateway: TestGateway
let token: string
let id: string

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 50 } })
  gateway.network.addContact(CONTACT, { behaviour: "silent" })
  token = await gateway.user(ME)
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
  for (const message of ["hola", FORMULA, 'dos\nlíneas, con "comillas"']) {
    await gateway.post("/api/send-message", { number: CONTACT, message }, { token })
  }
  id = (await gateway.get(`/v1/devices/${ME}`, { token })).body.id
  await gateway.post(`/v1/devices/${id}/stop`, {}, { token })
}, 60_000)
afterAll(() => gateway[Symbol.asyncDispose]())

const operator: CallOptions = { operator: true }
const problem = async (path: string, options: CallOptions = operator) => {
  const { status, body } = await gateway.get(path, options)
  return { status, code: body.code, field: body.field }
}

describe("GET /v1/audit/verify", () => {
  it("[LOG-6] tells the operator that the log is unchanged, and where it ends", async () => {
    const { body } = await gateway.get("/v1/audit/verify", operator)
    expect(body).toMatchObject({ valid: true, from: 1, complete: true, head: { position: body.to } })
    const events = await gateway.events(token, ME)
    expect(body.to).toBeGreaterThanOrEqual(events.at(-1)?.position ?? Number.NaN)
    const part = await gateway.get(`/v1/audit/verify?from=3&to=${events.at(-1)?.position}`, operator)
    expect(part.body).toMatchObject({ valid: true, from: 3, head: { hash: events.at(-1)?.hash } })
  })

  it.each(["from=0", "from=x", "to=0", "from=9&to=3", "from=99999", "until=4"])("?%s is 400", async (query) => {
    expect(await problem(`/v1/audit/verify?${query}`)).toMatchObject({ status: 400, code: "invalid-request" })
  })

  it("runs one at a time, and refuses others meanwhile", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => gateway.get("/v1/audit/verify", operator)))
    const refused = answers.filter(({ status }) => status === 503)
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0)
    for (const { body, headers } of refused) {
      expect({ code: body.code, retry: headers.get("retry-after") }).toEqual({
        code: "verification-running",
        retry: "5"
      })
    }
  })
})

describe("GET /v1/devices/:id/verify", () => {
  it("[LOG-9] tells the owner that the device's streams are unchanged, and where they end", async () => {
    const { body } = await gateway.get(`/v1/devices/${ME}/verify`, { token })
    const events = await gateway.events(token, ME)
    const nothing = { version: 0, position: 0, hash: "00".repeat(32) }
    const end = (stream: string) => {
      const { version, position, hash } = events.findLast((event) => event.stream === stream) ?? nothing
      return { stream, version, position, hash }
    }
    expect(body).toEqual({
      valid: true,
      streams: [
        end(`device/${id}`),
        end(`messages/${id}`),
        end(`roster/${id}`),
        { stream: `operations/${id}`, ...nothing },
        { stream: `bulk/${id}`, ...nothing },
        { stream: `erasures/${id}`, ...nothing }
      ],
      complete: true
    })
  })
})

const exported = async (query: string) => (await gateway.get(`/v1/events/export?${query}`, operator)).body as string
const lines = async (query = "") => {
  const response = await fetch(`${gateway.url}/v1/events/export?${query}`, { headers: { "x-api-key": OPERATOR_KEY } })
  const text = await response.text()
  return text
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
}

describe("GET /v1/audit/head", () => {
  it("is signed with the gateway's key, and names where the log ends", async () => {
    const { body } = await gateway.get("/v1/audit/head", { token })
    expect(Result.isSuccess(readSignedHead(JSON.stringify(body), body.publicKey))).toBe(true)
    const { body: verdict } = await gateway.get("/v1/audit/verify", operator)
    expect(verdict.head).toEqual({ position: body.position, hash: body.hash })
    expect((await gateway.get("/v1/audit/head")).status).toBe(401)
  })
})

describe("GET /v1/events/export", () => {
  it("[LOG-6] as NDJSON contains everything that another program needs to compute both chains", async () => {
    const events = await lines()
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1))
    const zero = "00".repeat(32)
    const sha256 = (...parts: readonly Buffer[]) => hash("sha256", Buffer.concat(parts))
    let previous = zero
    const streams = new Map<string, string>()
    for (const line of events) {
      const text = JSON.stringify(line.data)
      expect(sha256(Buffer.from(line.salt, "hex"), Buffer.from(text))).toBe(line.payloadHash)
      const envelope = [
        line.envelopeVersion,
        line.position,
        line.stream,
        line.version,
        line.device,
        line.type,
        line.schemaVersion,
        line.from,
        line.to,
        line.payloadHash,
        line.who,
        line.commandId,
        line.causation,
        line.correlation,
        line.recordedAt,
        line.streamPreviousHash
      ]
      expect(line.previousHash).toBe(previous)
      expect(line.streamPreviousHash).toBe(streams.get(line.stream) ?? zero)
      previous = sha256(Buffer.from(previous, "hex"), Buffer.from(JSON.stringify(envelope)))
      expect(line.hash).toBe(previous)
      streams.set(line.stream, line.hash)
    }
  })

  it("filters by device, type and time", async () => {
    const all = await lines()
    const [third] = all.slice(2)
    const at = encodeURIComponent(new Date(third.recordedAt).toISOString())
    const positions = async (query: string) => (await lines(query)).map(({ position }) => position)
    const where = (keep: (line: { recordedAt: number; type: string; device: number | null }) => boolean) =>
      all.filter(keep).map(({ position }) => position)
    expect(await positions(`from=${at}`)).toEqual(where(({ recordedAt }) => recordedAt >= third.recordedAt))
    expect(await positions(`to=${at}`)).toEqual(where(({ recordedAt }) => recordedAt <= third.recordedAt))
    expect(await positions(`device=${id}`)).toEqual(where(({ device }) => device === 1))
    expect(await positions("types=message.queued,message.sent")).toEqual(
      where(({ type }) => type === "message.queued" || type === "message.sent")
    )
    expect(await positions("after=4")).toEqual(all.slice(4).map(({ position }) => position))
    expect(await positions("from=2100-01-01")).toEqual([])
    expect(await positions("to=2000-01-01")).toEqual([])
  })

  it("as CSV has a line for each event, and nothing that a spreadsheet would run", async () => {
    const { headers } = await gateway.get("/v1/events/export?format=csv", operator)
    expect(headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present")
    const rows = parseCsv(await exported("format=csv&types=message.queued"))
    expect(rows[0]?.slice(0, 6)).toEqual(["position", "recordedAt", "device", "stream", "version", "type"])
    expect(rows).toHaveLength(4)
    const texts = rows.slice(1).map((row) => JSON.parse(row.at(-1) ?? "").content.text)
    expect(texts).toEqual(["hola", FORMULA, 'dos\nlíneas, con "comillas"'])
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]/)
  })

  it("gives users the events of their own devices, which they name", async () => {
    const { body } = await gateway.get(`/v1/events/export?device=${id}`, { token })
    const devices = new Set(
      (body as string)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).device)
    )
    expect([...devices]).toEqual([1])
    expect(await problem("/v1/events/export", { token })).toMatchObject({ status: 400, field: "device" })
    const other = await gateway.user("51948907641")
    expect(await problem(`/v1/events/export?device=${id}`, { token: other })).toMatchObject({
      status: 404,
      code: "device-not-found"
    })
  })

  it("reads no events for a HEAD request", async () => {
    const asked = await fetch(`${gateway.url}/v1/events/export`, {
      method: "HEAD",
      headers: { "x-api-key": OPERATOR_KEY }
    })
    expect([asked.status, asked.headers.get("content-type")]).toEqual([200, "application/x-ndjson; charset=utf-8"])
    expect([asked.headers.get("content-length"), await asked.text()]).toEqual([null, ""])
  })

  it.each([
    ["format=xml", 400],
    ["types=message.recieved", 400],
    ["from=yesterday", 400],
    ["device=dev_00000000000000000000000000", 404],
    ["limit=3", 400]
  ])("?%s is %i", async (query, status) => {
    expect((await problem(`/v1/events/export?${query}`)).status).toBe(status)
  })
})

describe("DELETE /v1/messages/:id/content", () => {
  const erase = (messageId: string, options: CallOptions, query = "") =>
    gateway.call("DELETE", `/v1/messages/${messageId}/content${query}`, options)
  const send = async (message: string) => {
    await gateway.post(`/v1/devices/${id}/start`, {}, { token })
    await gateway.untilState(token, ME, "CONNECTED")
    return (await gateway.post("/api/send-message", { number: CONTACT, message }, { token })).body.messageId as string
  }

  it("[LOG-8] the owner erases a message: no file contains it any more, and the log is still valid", async () => {
    const messageId = await send("PALABRA-SECRETA")
    expect(filesWith(gateway.directory, "PALABRA-SECRETA")).not.toEqual([])
    const { status, body } = await erase(messageId, { token }, "?reason=mistake")
    expect({ status, body }).toEqual({ status: 200, body: { erased: 1 } })
    expect(filesWith(gateway.directory, "PALABRA-SECRETA")).toEqual([])
    expect((await gateway.get(`/v1/messages/${messageId}`, { token })).status).toBe(404)
    const events = await gateway.events(token, ME)
    expect(events.at(-1)).toMatchObject({
      type: "content.erased",
      who: "user:1",
      data: { messages: [messageId], reason: "mistake" }
    })
    expect(events.find(({ position }) => position === events.at(-1)?.data.positions[0])?.data).toBeNull()
    expect((await gateway.get(`/v1/devices/${ME}/verify`, { token })).body.valid).toBe(true)
    expect((await gateway.get("/v1/audit/verify", operator)).body.valid).toBe(true)
    expect((await erase(messageId, { token })).body).toEqual({ erased: 0 })
  })

  it("[LOG-8] the operator erases a contact, and the device stays connected", async () => {
    await send("otra PALABRA-SECRETA")
    const { body } = await gateway.call("DELETE", `/v1/contacts/${CONTACT}/content`, operator)
    expect(body).toMatchObject({ underWay: 0 })
    expect(body.erased).toBeGreaterThanOrEqual(4)
    expect(filesWith(gateway.directory, "PALABRA-SECRETA")).toEqual([])
    const before = (await gateway.get(`/v1/devices/${id}/replay`, { token })).body
    await gateway.restart()
    await gateway.untilState(token, ME, "CONNECTED")
    const at = (await gateway.get(`/v1/devices/${id}/replay?at=${before.position}`, { token })).body
    expect(at).toEqual(before)
    expect((await gateway.get("/v1/audit/verify", operator)).body.valid).toBe(true)
  })

  it("[LOG-8] the command line erases through a running gateway, or directly in the store without one", async () => {
    const env = { DATA_DIR: gateway.directory, API_KEY: OPERATOR_KEY }
    const run = (more: Record<string, string>) =>
      runScript("bitacora.js", ["erase", "--contact", CONTACT, "--reason", "asked for"], { ...env, ...more })
    await send("PALABRA-SECRETA por el gateway")
    const { API_KEY: _, ...without } = env
    const keyless = await runScript("bitacora.js", ["erase", "--contact", CONTACT], without)
    expect(keyless).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(/^a gateway runs .* set API_KEY .*\n$/)
    })
    const asked = await run({ PORT: String(gateway.gateway.port) })
    expect(asked).toMatchObject({ code: 0, err: "" })
    expect(JSON.parse(asked.out)).toMatchObject({ underWay: 0, erased: expect.toSatisfy((count) => count > 0) })
    expect(filesWith(gateway.directory, "PALABRA-SECRETA")).toEqual([])

    await send("PALABRA-SECRETA sin el gateway")
    await gateway.restart({}, async () => {
      const alone = await run({})
      expect(alone).toMatchObject({ code: 0, err: "" })
      expect(JSON.parse(alone.out).erased).toBeGreaterThan(0)
      expect(filesWith(gateway.directory, "PALABRA-SECRETA")).toEqual([])
    })
    const verdict = (await gateway.get("/v1/audit/verify", operator)).body
    expect(verdict.valid).toBe(true)
    const last = (await lines("types=content.erased")).at(-1)
    expect(last).toMatchObject({ who: "operator", data: { reason: "asked for" } })
  })

  it("refuses an unknown message, a wrong contact number and a wrong reason", async () => {
    expect(await erase("3EB0NONE", { token })).toMatchObject({ status: 404, body: { code: "message-not-found" } })
    expect(await erase("3EB0NONE", { token }, `?reason=${"x".repeat(256)}`)).toMatchObject({ status: 400 })
    const { status, body } = await gateway.call("DELETE", "/v1/contacts/ana/content", operator)
    expect({ status, field: body.field }).toEqual({ status: 400, field: "number" })
  })
})

/** RFC 4180. */
const parseCsv = (text: string): string[][] => {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? "")
    if (end !== ",") rows.push([])
  }
  return rows.slice(0, -1)
}
