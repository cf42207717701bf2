/** The network as a process of its own: its command line, its state folder, and a kill. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { Stats } from "../../src/sandbox/network.ts"
import type { InboxMessage } from "../../src/sandbox/people/inbox.ts"
import { BareClient, textOf, until, type Where } from "./support/bare-client.ts"
import { call } from "./support/control.ts"

const MAIN = new URL("../../src/sandbox/network-main.ts", import.meta.url).pathname
const PHONE = "5491155550001"
const CONTACT = "5491166660001"

const processes: ChildProcess[] = []
const folders: string[] = []

afterAll(async () => {
  for (const child of processes) child.kill("SIGKILL")
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
})

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "network-main-"))
  folders.push(folder)
  return folder
}

interface Running extends Where {
  readonly controlUrl: string
  readonly caFile: string
  readonly child: ChildProcess
  readonly output: { readonly stdout: string; readonly stderr: string }
}

function run(environment: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env["PATH"], ...environment } })
  processes.push(child)
  const output = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()))
  return { child, output }
}

/** Starts a network and reads the line it prints. */
async function start(environment: Record<string, string> = {}): Promise<Running> {
  const { child, output } = run({ SANDBOX_PREKEY_COUNT: "50", ...environment })
  await until(() => output.stdout.includes("\n") || child.exitCode !== null, "the line on stdout")
  if (child.exitCode !== null) throw new Error(output.stderr)
  const line = JSON.parse(output.stdout) as Omit<Running, "child" | "output">
  return { ...line, ca: await readFile(line.caFile, "utf8"), child, output }
}

/** Runs the command and waits until it exits. */
async function finish(environment: Record<string, string>, ...args: string[]) {
  const { child, output } = run(environment, ...args)
  const [code] = (await once(child, "exit")) as [number]
  return { code, ...output }
}

async function stop({ child }: Running, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, "exit")
  child.kill(signal)
  const [code] = (await exited) as [number | null]
  return code
}

const stats = async ({ controlUrl }: Running): Promise<Stats> => (await call<Stats>(controlUrl, "GET", "/stats")).body

describe("npm run sandbox:network", () => {
  it("prints one line of JSON, serves, and exits with 0 on SIGTERM", async () => {
    const network = await start()
    expect(network.output.stdout.trim().split("\n").length).toBe(1)
    expect(network).toMatchObject({
      url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/ws\/chat$/),
      rootKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      controlUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      ca: expect.stringContaining("BEGIN CERTIFICATE")
    })
    expect(await stats(network)).toMatchObject({ phones: 0, contacts: 0 })
    expect(await stop(network, "SIGTERM")).toBe(0)
    await expect(readFile(network.caFile)).rejects.toThrow("ENOENT")
  })

  it("lists its settings with --help, and refuses an unknown argument", async () => {
    expect(await finish({}, "--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("SANDBOX_STATE_DIR") })
    expect(await finish({}, "--what")).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^sandbox: unknown argument --what.*\n$/)
    })
  })

  it("refuses an invalid setting, in one line", async () => {
    expect(await finish({ SANDBOX_PORT: "http" })).toEqual({
      code: 1,
      stdout: "",
      stderr: 'sandbox: SANDBOX_PORT must be a whole number from 0 to 65535, not "http"\n'
    })
    expect(await finish({ SANDBOX_CONTROL_PORT: "70000" })).toMatchObject({ code: 1 })
  })

  it("refuses a port that is in use, in one line", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    expect(await finish({ SANDBOX_PORT: String(port) })).toEqual({
      code: 1,
      stdout: "",
      stderr: `sandbox: port ${port} for the WebSocket server is in use\n`
    })
    server.close()
  })

  it("refuses a state folder that another network has open", async () => {
    const folder = await newFolder()
    const network = await start({ SANDBOX_STATE_DIR: folder })
    expect(await finish({ SANDBOX_STATE_DIR: folder })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is in use")
    })
    await stop(network, "SIGTERM")
  })
})

describe.each(["SIGTERM", "SIGKILL"] as const)("a network with a state folder that is stopped by %s", (signal) => {
  it("starts again at the same addresses, and its client continues", async () => {
    const folder = await newFolder()
    const first = await start({ SANDBOX_STATE_DIR: folder })
    await call(first.controlUrl, "POST", "/phones", { number: PHONE, name: "Ana" })
    await call(first.controlUrl, "POST", "/contacts", { number: CONTACT, behaviour: "echo" })
    const client = await new BareClient(first).pair((qr) =>
      call(first.controlUrl, "POST", `/phones/${PHONE}/scan`, { qr })
    )
    await client.settled()
    await client.sock.sendMessage(`${CONTACT}@s.whatsapp.net`, { text: "before" })
    await until(() => client.received("before"), "the echo")
    await until(async () => (await stats(first)).stanzasWaiting === 0, "every confirmation")

    await stop(first, signal)
    await until(() => client.closes.at(-1) !== 515, "the end of the socket")
    const second = await start({ SANDBOX_STATE_DIR: folder })
    expect(second).toMatchObject({ url: first.url, rootKey: first.rootKey, ca: first.ca, controlUrl: first.controlUrl })

    await client.open()
    await client.sock.sendMessage(`${CONTACT}@s.whatsapp.net`, { text: "after" })
    await until(() => client.received("after"), "the echo")
    const { body } = await call<InboxMessage[]>(second.controlUrl, "GET", `/contacts/${CONTACT}/inbox`)
    expect(body.map(({ text }) => text)).toEqual(["before", "after"])
    expect(await stats(second)).toMatchObject({ unknownIqs: 0, retryReceipts: 0, duplicatesReceived: 0 })
    await client.close()
    await stop(second, "SIGTERM")
    // libsignal would print whole sessions if the network did not silence it.
    expect(first.output.stderr + second.output.stderr).not.toMatch(/privKey|chainKey/)
  })
})

describe("a network that is killed while messages flow", () => {
  it("loses no message that it accepted", async () => {
    const folder = await newFolder()
    const first = await start({ SANDBOX_STATE_DIR: folder })
    await call(first.controlUrl, "POST", "/phones", { number: PHONE })
    await call(first.controlUrl, "POST", "/contacts", { number: CONTACT })
    const client = await new BareClient(first).pair((qr) =>
      call(first.controlUrl, "POST", `/phones/${PHONE}/scan`, { qr })
    )
    await client.settled()
    const taken: string[] = []
    const send = async (controlUrl: string, count: number): Promise<void> => {
      for (let sent = 0; sent < count; sent++) {
        const text = `text ${taken.length}`
        const { status } = await call(controlUrl, "POST", `/contacts/${CONTACT}/messages`, { to: PHONE, text })
        if (status === 200) taken.push(text)
      }
    }
    await Promise.all([
      send(first.controlUrl, 1000).catch(() => undefined),
      until(() => taken.length >= 20, "some messages").then(() => stop(first, "SIGKILL"))
    ])
    await until(() => client.closes.at(-1) !== 515, "the end of the socket")
    const second = await start({ SANDBOX_STATE_DIR: folder })
    await send(second.controlUrl, 5)
    await client.open()
    await until(() => client.received(taken.at(-1) ?? ""), "the last message")
    // A message that the client had not acknowledged came again under the same id. The message that was being sent when
    // the network was killed may have arrived although its sender got no response.
    const byId = new Map(client.incoming.map((message) => [message.key.id, textOf(message)]))
    const texts = [...byId.values()].filter((text) => text?.startsWith("text"))
    expect(texts).toEqual(expect.arrayContaining(taken))
    expect(texts.length - taken.length).toBeLessThanOrEqual(1)
    await client.close()
    await stop(second, "SIGTERM")
  })
})
