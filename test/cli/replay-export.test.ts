import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { runScript, scriptPath } from "../support/run-script.ts"

const NUMBER = "51948907640"

let gateway: TestGateway
let id: string

const run = (...args: string[]) => runScript("bitacora.js", args, { DATA_DIR: gateway.directory })

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 50 } })
  id = (await gateway.post("/v1/devices", { number: NUMBER }, { operator: true })).body.id
  await gateway.post(`/v1/devices/${id}/start`, {}, { operator: true })
  await gateway.post(`/v1/devices/${id}/stop`, {}, { operator: true })
})
afterAll(() => gateway[Symbol.asyncDispose]())

describe("bitacora replay, beside a running gateway", () => {
  it("[LOG-5] shows the transitions up to a point, and the state there", async () => {
    const { code, out } = await run("replay", NUMBER, "--at", "2")
    expect(code).toBe(0)
    expect(out).toContain("connection.requested")
    expect(out).not.toContain("connection.closed")
    expect(out).toContain(`${id} at position 2: INIT`)
    expect(out).toContain("wanted: true")
  })

  it("[LOG-5] --diff shows what changed between two points", async () => {
    const { code, out } = await run("replay", id, "--diff", "1", "2")
    expect(code).toBe(0)
    expect(out).toContain(`${id} from position 1 to 2:`)
    expect(out).toContain('state: "NONE" → "INIT"')
    expect(out).toContain("wanted: false → true")
    expect(out).not.toContain("number:")
  })

  it("--follow shows new transitions as they happen", async () => {
    const child = spawn(process.execPath, [scriptPath("bitacora.js"), "replay", id, "--follow"], {
      env: { PATH: process.env.PATH ?? "", DATA_DIR: gateway.directory },
      stdio: ["ignore", "pipe", "inherit"]
    })
    const lines: string[] = []
    try {
      let asked = false
      for await (const line of createInterface({ input: child.stdout })) {
        lines.push(line)
        const showsState = line.includes(" at position ")
        if (showsState && !asked) {
          asked = true
          await gateway.post(`/v1/devices/${id}/start`, {}, { operator: true })
        }
        if (asked && line.includes("connection.requested")) break
      }
    } finally {
      child.kill()
    }
    expect(lines.at(-1)).toContain("connection.requested")
  })

  it.each([
    [["replay", NUMBER, "--diff", "5"], "bitacora replay"],
    [["replay", NUMBER, "--diff", "2", "1"], "<a> must not be later than <b>"],
    [["replay", NUMBER, "--follow", "--at", "2"], "exclude each other"]
  ])("refuses %j with an explanation", async (args, words) => {
    const { code, out, err } = await run(...args)
    expect({ code, out }).toEqual({ code: 1, out: "" })
    expect(err).toContain(words)
  })
})

describe("bitacora export, beside a running gateway", () => {
  it("[LOG-6] writes the same as the gateway's own export", async () => {
    const all = await run("export")
    const [first, second] = all.out.split("\n")
    expect(JSON.parse(first ?? "")).toMatchObject({ position: 1, type: "device.registered", data: { deviceId: id } })
    expect(JSON.parse(second ?? "")).toMatchObject({ position: 2, previousHash: JSON.parse(first ?? "").hash })
    const url = `${gateway.url}/v1/events/export?types=connection.closed`
    const theirs = await (await fetch(url, { headers: { "x-api-key": OPERATOR_KEY } })).text()
    const ours = await run("export", "--type", "connection.closed", "--device", NUMBER)
    expect(ours).toMatchObject({ code: 0, err: "", out: theirs })
  })

  it.each([
    [["--type", "message.recieved"], "there is no event message.recieved"],
    [["--from", "2026-02-01", "--to", "2026-01-31"], "--from must not be later than --to"],
    [["--from", "1"], "--from: 1 is not an ISO 8601 time"],
    [["--to", "2026-01-31T09:30"], "such as 2026-01-31 or 2026-01-31T09:30:00Z"]
  ])("refuses %j instead of writing nothing, or something else", async (args, words) => {
    const { code, out, err } = await run("export", ...args)
    expect({ code, out }).toEqual({ code: 1, out: "" })
    expect(err).toContain(words)
  })

  it.each([
    ["types=message.recieved", "types: there is no event message.recieved; docs/EVENTS.md lists the types"],
    ["from=2026-02-01&to=2026-01-31", "from: must not be later than `to`; swap the two times"]
  ])("refuses %s over HTTP as well", async (query, detail) => {
    const { status, body } = await gateway.get(`/v1/events/export?${query}`, { operator: true })
    expect(status).toBe(400)
    expect(body).toMatchObject({ detail })
  })
})
