/**
 * The latency that the gateway adds to Baileys: a text sent by a bare Baileys client, from the call to WhatsApp's ack, against POST
 * /api/send-message, from the request to the response, which waits for the same ack. The two alternate on one network; network,
 * gateway and client are processes of their own.
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { onNetwork } from "../test/support/gateway-client.ts"
import { GatewayProcess } from "../test/support/gateway-process.ts"
import type { Order, Report } from "./bare-sender.ts"
import { Network } from "./network.ts"

export const summary = "latency of POST /api/send-message beside a bare Baileys client"

export const help = `npm run bench -- send [--count 200] [--warm-up 30]

A bare Baileys client and the gateway send texts in turns to the same contact of a sandbox network; network, gateway and client are
processes of their own. Printed: the median and the 95th percentile of each, what the gateway adds, and the ratio of the medians.

  --count <n>     messages of each that count (200)
  --warm-up <n>   messages of each before that (30)
`

const GATEWAY_PHONE = "51911000001"
const BARE_PHONE = "51911000002"
const CONTACT = "51922000001"

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

export const run = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: { count: { type: "string", default: "200" }, "warm-up": { type: "string", default: "30" } }
  })
  const count = Number(values.count)
  const warmUp = Number(values["warm-up"])
  const directory = mkdtempSync(join(tmpdir(), "bitacora-bench-"))
  const network = await Network.start()
  const bare = new BareSender(fork(path("bare-sender.ts")))
  const gateway = await GatewayProcess.start({
    DATA_DIR: directory,
    ...onNetwork(network)
  })
  try {
    await network.order("/contacts", { number: CONTACT, behaviour: "silent" })
    for (const number of [GATEWAY_PHONE, BARE_PHONE]) await network.order("/phones", { number })
    await bare.link(network)
    const token = await linkGateway(gateway, network)
    const took = { bare: [] as number[], gateway: [] as number[] }
    for (let i = -warmUp; i < count; i++) {
      const bareMs = await bare.send(CONTACT, `bare ${i}`)
      const gatewayMs = await post(gateway, token, `gateway ${i}`)
      if (i < 0) continue
      took.bare.push(bareMs)
      took.gateway.push(gatewayMs)
    }
    print(took.bare, took.gateway)
  } finally {
    bare.end()
    await gateway.end("SIGTERM")
    network.end()
    rmSync(directory, { recursive: true, force: true })
  }
}

const linkGateway = async (gateway: GatewayProcess, network: Network): Promise<string> => {
  const token = await gateway.user(GATEWAY_PHONE)
  await gateway.link(token, GATEWAY_PHONE, (qr) => network.order(`/phones/${GATEWAY_PHONE}/scan`, { qr }))
  await gateway.untilSynced(token, GATEWAY_PHONE)
  return token
}

const post = async (gateway: GatewayProcess, token: string, message: string): Promise<number> => {
  const started = performance.now()
  const { body: answer } = await gateway.post("/api/send-message", { number: CONTACT, message }, { token })
  if (answer.success !== true) throw new Error(`not sent: ${JSON.stringify(answer)}`)
  return performance.now() - started
}

const print = (bare: readonly number[], gateway: readonly number[]): void => {
  const line = (name: string, took: readonly number[]) =>
    `${name.padEnd(24)}median ${ms(quantile(took, 0.5))}   95 % ${ms(quantile(took, 0.95))}\n`
  const added = quantile(gateway, 0.5) - quantile(bare, 0.5)
  const ratio = quantile(gateway, 0.5) / quantile(bare, 0.5)
  process.stdout.write(line("bare Baileys", bare))
  process.stdout.write(line("POST /api/send-message", gateway))
  process.stdout.write(`added ${added.toFixed(2)} ms, ratio ${ratio.toFixed(2)} (medians of ${bare.length})\n`)
}

const ms = (value: number): string => `${value.toFixed(2)} ms`

const quantile = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}

class BareSender {
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
  }

  async link(network: Network): Promise<void> {
    const { url, rootKey, ca } = network
    this.#order({ type: "link", where: { url, rootKey, ca } })
    const { qr } = await this.#report("qr")
    await network.order(`/phones/${BARE_PHONE}/scan`, { qr })
    await this.#report("linked")
  }

  async send(to: string, text: string): Promise<number> {
    this.#order({ type: "send", to, text })
    return (await this.#report("sent")).tookMs
  }

  end(): void {
    this.#child.disconnect()
  }

  #order(order: Order): void {
    this.#child.send(order)
  }

  async #report<T extends Report["type"]>(type: T): Promise<Extract<Report, { type: T }>> {
    const ended = new AbortController()
    const exit = once(this.#child, "exit", { signal: ended.signal }).then(() => {
      throw new Error("the bare client ended")
    })
    const said = once(this.#child, "message", { signal: ended.signal }) as Promise<[Report]>
    const [report] = await Promise.race([said, exit]).finally(() => {
      ended.abort()
      exit.catch(() => {})
    })
    if (report.type !== type) throw new Error(`the bare client reported ${report.type} in place of ${type}`)
    return report as Extract<Report, { type: T }>
  }
}
