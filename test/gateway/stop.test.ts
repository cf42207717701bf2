/** A requested end of the gateway: once, in time, with everything recorded. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { onNetwork, OPERATOR_KEY } from "../support/gateway-client.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { scriptPath } from "../support/run-script.ts"
import { until } from "../support/until.ts"

const ME = "51910000001"
const CONTACT = "51999999999"
const operator = { operator: true }
/** Docker kills a container ten seconds after its signal to stop. */
const STOP_MAX_MS = 9_500

let network: Network
let directory: string
let gateway: GatewayProcess
const sockets: Socket[] = []

beforeEach(async () => {
  network = await startNetwork({ prekeyCount: 30 })
  network.addContact(CONTACT, { behaviour: "silent" })
  directory = mkdtempSync(join(tmpdir(), "bitacora-stop-"))
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await gateway.end("SIGKILL")
  await network.stop()
  rmSync(directory, { recursive: true, force: true })
})

const start = async (
  env: Record<string, string> = {},
  script?: string,
  options?: { readonly ownGroup?: boolean }
): Promise<void> => {
  gateway = await GatewayProcess.start({ DATA_DIR: directory, ...onNetwork(network), ...env }, script, options)
}
const link = async (): Promise<string> => {
  const phone = network.addPhone(ME)
  return gateway.linkByCode(ME, (code) => phone.enterCode(code))
}
const childrenOf = (pid: number): readonly number[] => {
  try {
    const text = execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
    return text.trim().split("\n").map(Number)
  } catch {
    return []
  }
}
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
/** A connection that sends this and does not read the response. */
const unread = async (text: string): Promise<Socket> => {
  const { hostname, port } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  sockets.push(socket)
  socket.on("error", () => {})
  await new Promise((resolve) => socket.once("connect", resolve))
  socket.pause()
  socket.write(text)
  return socket
}
const timed = async <A>(work: Promise<A>): Promise<readonly [A, number]> => {
  const since = performance.now()
  return [await work, performance.now() - since]
}
/** The device's last event, as the next gateway on this store finds it. */
const lastEvent = async (device: string) => {
  await start()
  const { body } = await gateway.get(`/v1/devices/${device}/events?limit=1000`, operator)
  return body.items.find(({ type }: { type: string }) => type === "connection.interrupted")
}

describe("[OPS-1] a stop", () => {
  it("[OUT-1] happens once, however often the signal comes, and lets the request in progress finish", async () => {
    await start()
    const device = await link()
    network.fault({ kind: "latency", ms: 600, number: ME })
    const options = { ...operator, headers: { prefer: "wait=10" } }
    const sending = gateway.post(`/v1/devices/${device}/messages`, { to: CONTACT, text: "hola" }, options)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const ended = gateway.end("SIGTERM")
    for (const signal of ["SIGTERM", "SIGINT", "SIGTERM"] as const) process.kill(gateway.pid, signal)
    expect((await sending).status).toBe(200)
    expect(await ended).toBe(0)
    expect(await lastEvent(device)).toMatchObject({ data: { cause: "shutdown" } })
  })

  it("ends in time with idle connections, a stalled upload, a download without a reader, and a stream", async () => {
    await start()
    const device = await link()
    for (let n = 0; n < 20; n++) await unread("GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
    await unread(
      `POST /v1/devices/${device}/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${OPERATOR_KEY}\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{"to":`
    )
    for (let n = 0; n < 30; n++)
      await gateway.post("/v1/devices", { sessionId: `s${n}`, name: "x".repeat(200) }, operator)
    const requests = `GET /v1/events/export HTTP/1.1\r\nhost: x\r\nx-api-key: ${OPERATOR_KEY}\r\n\r\n`
    await unread(requests.repeat(200))
    await unread(
      `GET /v1/stream?after=0 HTTP/1.1\r\nhost: x\r\nx-api-key: ${OPERATOR_KEY}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n`
    )
    const [code, ms] = await timed(gateway.end("SIGTERM"))
    expect(code).toBe(0)
    expect(ms).toBeLessThan(STOP_MAX_MS)
    expect(await lastEvent(device)).toMatchObject({ data: { cause: "shutdown" } })
  }, 40_000)

  it("ends in time when its output is not read, which costs log lines and no requests", async () => {
    await start({ LOG_LEVEL: "debug", RATE_LIMIT_MAX: "1000000" })
    gateway.stopReading()
    for (let n = 0; n < 3_000; n++) expect((await gateway.get("/api/health")).status).toBe(200)
    const [code, ms] = await timed(gateway.end("SIGTERM"))
    expect(code).toBe(0)
    expect(ms).toBeLessThan(STOP_MAX_MS)
  }, 40_000)
})

describe("[OPS-1] node start.js", () => {
  it("ends with its gateway when a signal reaches the whole process group, as Ctrl-C does", async () => {
    await start({}, scriptPath("start.js"), { ownGroup: true })
    const [child = 0] = childrenOf(gateway.pid)
    const ended = gateway.ended
    process.kill(-gateway.pid, "SIGINT")
    expect(await ended).toBe(0)
    expect(isAlive(child)).toBe(false)
  })

  it("leaves no gateway behind when it is killed: the gateway stops in order, and the next one can start", async () => {
    await start({}, scriptPath("start.js"))
    const device = await link()
    const [child = 0] = childrenOf(gateway.pid)
    await gateway.end("SIGKILL")
    await until(() => !isAlive(child), "the end of the gateway", STOP_MAX_MS)
    expect(await lastEvent(device)).toMatchObject({ data: { cause: "shutdown" } })
  })

  it("ends when the process of the gateway hangs after its stop", async () => {
    const hook = join(directory, "hang.mjs")
    // Hangs where the gateway, which has a channel to its wrapper, would end.
    writeFileSync(
      hook,
      `if (process.channel) process.exit = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`
    )
    await start({ NODE_OPTIONS: `--import=${hook}` }, scriptPath("start.js"))
    const [child = 0] = childrenOf(gateway.pid)
    const [code, ms] = await timed(gateway.end("SIGTERM"))
    expect(isAlive(child)).toBe(false)
    expect(code).toBe(0)
    expect(ms).toBeLessThan(STOP_MAX_MS)
  })

  it("a gateway on a data directory in use names the process that uses it", async () => {
    await start()
    const second = GatewayProcess.start({ DATA_DIR: directory }, scriptPath("start.js"))
    await expect(second).rejects.toThrow(`is in use by another gateway (process ${gateway.pid})`)
  })
})
