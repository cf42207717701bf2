/** The memory of one gateway with many connected devices, beside what users of browser-based gateways report. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { onNetwork } from "../test/support/gateway-client.ts"
import { GatewayProcess } from "../test/support/gateway-process.ts"
import { until } from "../test/support/until.ts"
import { Network } from "./network.ts"

export const summary = "memory of a gateway with many connected devices, and what each of them adds"

export const help = `npm run bench -- memory [--devices 50] [--messages 20]

Links sessions with the calls of wwebjs-api (/session/start, /session/qr) to phones of a sandbox network, and lets each send and receive
messages. Prints the resident memory of the gateway's process with no device, with all connected, and after the messages, and what a
device adds. A gateway with a browser has one for each session: its users report 100 MB when it is new and up to 500 MB after hours
(wwebjs/whatsapp-web.js, issue 821).

  --devices <n>    (50), 500 at most
  --messages <n>   of each device, in each direction (20)
`

const CONTACT = "51920000001"
const PAUSE_MS = 5_000
const DEVICES_MAX = 500

export const run = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: { devices: { type: "string", default: "50" }, messages: { type: "string", default: "20" } }
  })
  const [devices, messages] = [Number(values.devices), Number(values.messages)]
  if (!(devices >= 1 && devices <= DEVICES_MAX)) throw new Error(`--devices must be 1 to ${DEVICES_MAX}`)
  const directory = mkdtempSync(join(tmpdir(), "bitacora-bench-memory-"))
  const network = await Network.start()
  const gateway = await GatewayProcess.start({
    DATA_DIR: directory,
    ...onNetwork(network),
    RATE_LIMIT_MAX: "100000"
  })
  try {
    await network.order("/contacts", { number: CONTACT, behaviour: "silent" })
    const empty = await settledRss(gateway)
    say(`no device: ${shown(empty)}`)
    for (let n = 0; n < devices; n++) await link(gateway, network, n)
    const linked = await settledRss(gateway)
    say(`${devices} devices: ${shown(linked)}, ${shown((linked - empty) / devices)} each`)
    for (let n = 0; n < devices; n++) await talk(gateway, network, n, messages)
    const used = await settledRss(gateway)
    say(`after ${messages} messages of each in each direction: ${shown(used)}, ${shown((used - empty) / devices)} each`)
  } finally {
    await gateway.end("SIGTERM")
    network.end()
    rmSync(directory, { recursive: true, force: true })
  }
}

const say = (line: string) => process.stdout.write(`${line}\n`)
const shown = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

const sessionAt = (n: number) => `s${n}`
const phoneAt = (n: number) => String(51_910_000_001 + n)
const operator = { operator: true }

const link = async (gateway: GatewayProcess, network: Network, n: number): Promise<void> => {
  const session = sessionAt(n)
  await network.order("/phones", { number: phoneAt(n) })
  await gateway.get(`/session/start/${session}`, operator)
  const qr = await until(async () => {
    const { body } = await gateway.get(`/session/qr/${session}`, operator)
    return body.success === true && (body.qr as string)
  }, "a QR")
  await network.order(`/phones/${phoneAt(n)}/scan`, { qr })
  const isConnected = async () => (await gateway.get(`/session/status/${session}`, operator)).body.state === "CONNECTED"
  await until(isConnected, `${session} to connect`)
}

const talk = async (gateway: GatewayProcess, network: Network, n: number, messages: number): Promise<void> => {
  const chatId = `${CONTACT}@c.us`
  for (let each = 0; each < messages; each++) {
    const sent = { chatId, contentType: "string", content: `mensaje ${each}` }
    const { status, body } = await gateway.post(`/client/sendMessage/${sessionAt(n)}`, sent, operator)
    if (status !== 200) throw new Error(`a message was refused: ${JSON.stringify(body)}`)
    await network.order(`/contacts/${CONTACT}/messages`, { to: phoneAt(n), text: `respuesta ${each}` })
  }
}

/** Bytes, the least of a few moments: the garbage of what went before is collected in between. */
const settledRss = async (gateway: GatewayProcess): Promise<number> => {
  let least = Number.POSITIVE_INFINITY
  for (let look = 0; look < 3; look++) {
    await sleep(PAUSE_MS)
    least = Math.min(least, rssOf(gateway.pid))
  }
  return least
}

const rssOf = (pid: number): number => {
  const [, kilobytes = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? []
  return 1_024 * Number(kilobytes)
}
