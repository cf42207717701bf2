/**
 * A gateway with many phones under a steady load, for minutes or hours: does its memory grow, does its event loop stay free, does it
 * close its handles? Contacts send half of the messages, HTTP clients the other half. Network and gateway are processes of their own.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { Agent, request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { until } from "../test/support/until.ts"
import { OPERATOR_KEY, onNetwork } from "../test/support/gateway-client.ts"
import { GatewayProcess } from "../test/support/gateway-process.ts"
import { Network } from "./network.ts"
import type { Watched } from "./watched-gateway.ts"

export const summary = "memory, event loop and handles of a gateway with many phones, over minutes or hours"

export const help = `npm run bench -- soak [--minutes 60] [--devices 20] [--rate 50]

Phones of a sandbox network receive and send at a steady rate through one gateway on embedded SQLite. Printed each minute: messages,
resident memory and heap, delay of the event loop (99th percentile and longest), how much of the time its main thread ran, and
waited for a processor (much of that, and the machine is too busy to judge the delay), handles, open files. At the end: how memory
grows per hour (least squares, without the first third; it takes ten minutes to tell), whether the 99th percentile stayed below
50 ms in every minute, whether handles and files did not grow, and whether the log verifies. Exit code 1 where one of them is not
so; memory is for the reader to judge.

  --minutes <n>   how long (60), 1440 at most
  --devices <n>   phones (20), 200 at most
  --rate <n>      messages a second in total (50), 500 at most
`

const CONTACTS = 20
/** The most requests in progress; beyond it a message is skipped and counted. */
const WAITING_MAX = 200
const CONNECTIONS = 8
const LOOP_P99_MAX_MS = 50
/** The tolerated growth of handles and files: a request or two may be open at either measurement. */
const GROWN_MAX = 2
/** The fewest values that a trend needs. */
const SLOPE_MINUTES_MIN = 7
const MINUTE_MS = 60_000
const WATCHED = fileURLToPath(new URL("watched-gateway.ts", import.meta.url))

const phoneAt = (index: number) => String(51_910_000_001 + index)
const contactAt = (index: number) => String(51_920_000_001 + index)

export const run = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "60" },
      devices: { type: "string", default: "20" },
      rate: { type: "string", default: "50" }
    }
  })
  const minutes = within("minutes", values.minutes, 1_440)
  const devices = within("devices", values.devices, 200)
  const rate = within("rate", values.rate, 500)
  const directory = mkdtempSync(join(tmpdir(), "bitacora-soak-"))
  const network = await Network.start()
  let soak: Soak | undefined
  const over = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => over.abort())
  try {
    const gateway = await startGateway(directory, network)
    soak = new Soak(gateway, network, devices)
    await soak.link()
    const load = soak.load(rate, minutes * MINUTE_MS, over.signal)
    const samples: Watched[] = []
    for (let minute = 1; minute <= minutes; minute++) {
      await sleep(MINUTE_MS, undefined, { signal: over.signal })
      const watched = await soak.watch()
      samples.push(watched)
      process.stdout.write(`${lineOf(minute, watched, soak)}\n`)
    }
    await load
    await judge(samples, soak)
  } catch (failure) {
    if (!over.signal.aborted) throw failure
    process.stdout.write("interrupted\n")
    process.exitCode = 1
  } finally {
    over.abort()
    await soak?.end()
    network.end()
    rmSync(directory, { recursive: true, force: true })
  }
}

const startGateway = (directory: string, network: Network): Promise<GatewayProcess> =>
  GatewayProcess.start(
    {
      DATA_DIR: directory,
      ...onNetwork(network),
      RATE_LIMIT_MAX: "100000"
    },
    WATCHED
  )

class Soak {
  sent = 0
  received = 0
  /** Refused, or skipped because too many requests were in progress. */
  failed = 0
  readonly #gateway: GatewayProcess
  readonly #network: Network
  readonly #devices: number
  /** Keeps the number of the gateway's open sockets independent of the client. */
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })

  constructor(gateway: GatewayProcess, network: Network, devices: number) {
    this.#gateway = gateway
    this.#network = network
    this.#devices = devices
  }

  async link(): Promise<void> {
    for (let i = 0; i < CONTACTS; i++) {
      await this.#network.order("/contacts", { number: contactAt(i), behaviour: "silent" })
    }
    for (let i = 0; i < this.#devices; i++) {
      const number = phoneAt(i)
      await this.#network.order("/phones", { number })
      await this.#gateway.linkByCode(number, (code) => this.#network.order(`/phones/${number}/code`, { code }))
    }
  }

  async connected(): Promise<number> {
    const { items } = (await this.ask("GET", "/v1/devices?limit=200")) as { items: readonly { state: string }[] }
    return items.filter(({ state }) => state === "CONNECTED").length
  }

  /** Sends messages at this rate, alternately in and out, for so long; resolves at the last response. */
  async load(rate: number, ms: number, over: AbortSignal): Promise<void> {
    const start = performance.now()
    const waiting = new Set<Promise<void>>()
    const all = Math.floor((rate * ms) / 1_000)
    for (let count = 0; count < all && !over.aborted; ) {
      const due = Math.min(all, Math.floor(((performance.now() - start) * rate) / 1_000))
      for (; count < due; count++) {
        if (waiting.size >= WAITING_MAX) {
          this.failed++
          continue
        }
        const done = this.#one(count)
          .catch(() => void this.failed++)
          .finally(() => waiting.delete(done))
        waiting.add(done)
      }
      await sleep(5)
    }
    await Promise.all(waiting)
  }

  async #one(count: number): Promise<void> {
    const pair = Math.floor(count / 2)
    const phone = phoneAt(pair % this.#devices)
    const contact = contactAt(Math.floor(pair / this.#devices) % CONTACTS)
    const text = `message ${count} of a steady load`
    if (count % 2 === 0) {
      await this.#network.order(`/contacts/${contact}/messages`, { to: phone, text })
      this.received++
    } else {
      await this.ask("POST", `/v1/devices/${phone}/messages`, { to: contact, text })
      this.sent++
    }
  }

  /** The gateway's own figures since the last report. */
  async watch(): Promise<Watched> {
    const before = this.#watchedLines().length
    process.kill(this.#gateway.pid, "SIGUSR2")
    const line = await until(() => this.#watchedLines()[before], "the gateway's report")
    return JSON.parse(line) as Watched
  }

  #watchedLines(): readonly string[] {
    return [...this.#gateway.said.matchAll(/^watched (.+)$/gm)].map(([, json]) => json ?? "")
  }

  /** Rejects unless the response is a success. */
  ask(method: string, path: string, body?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const headers = { "x-api-key": OPERATOR_KEY, "content-type": "application/json" }
      const asked = request(this.#gateway.url + path, { method, headers, agent: this.#agent }, (response) => {
        let text = ""
        response.on("data", (chunk: Buffer) => (text += chunk.toString()))
        response.on("error", reject)
        response.on("end", () => {
          if ((response.statusCode ?? 0) < 300) resolve(JSON.parse(text))
          else reject(new Error(`${method} ${path}: ${text}`))
        })
      })
      asked.on("error", reject)
      asked.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  async end(): Promise<void> {
    this.#agent.destroy()
    await this.#gateway.end("SIGTERM")
  }
}

const lineOf = (minute: number, watched: Watched, { received, sent, failed }: Soak): string => {
  const { rssMegabytes, heapMegabytes, loopP99Ms, loopMaxMs, ranPercent, waitedPercent, handles, files } = watched
  const counts = `${received} in, ${sent} out${failed > 0 ? `, ${failed} not` : ""}`
  return [
    `minute ${String(minute).padStart(4)}  ${counts.padEnd(24)}`,
    `RSS ${rssMegabytes.toFixed(0)} MB, heap ${heapMegabytes.toFixed(0)}`,
    `loop p99 ${loopP99Ms.toFixed(1)} ms, max ${loopMaxMs.toFixed(0)}`,
    `ran ${ranPercent.toFixed(0)} %, waited ${waitedPercent.toFixed(0)} %`,
    `${handles} handles, ${files} files`
  ].join("   ")
}

const judge = async (samples: readonly Watched[], soak: Soak): Promise<void> => {
  const worst = Math.max(...samples.map(({ loopP99Ms }) => loopP99Ms))
  const settled = samples.slice(Math.floor(samples.length / 3))
  const slope = slopeOf(settled.map(({ rssMegabytes }) => rssMegabytes)) * 60
  const grown = (of: (sample: Watched) => number): number => {
    const half = Math.ceil(settled.length / 2)
    return median(settled.slice(half).map(of)) - median(settled.slice(0, half).map(of))
  }
  const grew = samples.length < 3 ? [0, 0] : [grown(({ handles }) => handles), grown(({ files }) => files)]
  const verified = (await soak.ask("GET", "/v1/audit/verify")) as { valid: boolean; complete?: boolean; to?: number }
  const connected = await soak.connected()
  const verdicts: readonly (readonly [boolean, string])[] = [
    [
      worst < LOOP_P99_MAX_MS,
      `event loop p99 below ${LOOP_P99_MAX_MS} ms in every minute: worst ${worst.toFixed(2)} ms`
    ],
    [
      Math.max(...grew) <= GROWN_MAX,
      `handles and files do not grow: ${grew.map(signed).join(" and ")} in the second half, by their medians`
    ],
    [soak.failed === 0, `every message was accepted: ${soak.failed} were not`],
    [verified.valid, `the log verifies up to position ${verified.to}; ${connected} phones are connected`]
  ]
  process.stdout.write(
    settled.length < SLOPE_MINUTES_MIN
      ? "too short to tell how memory grows\n"
      : `RSS ${signed(Number(slope.toFixed(1)))} MB per hour over the last ${settled.length} minutes\n`
  )
  for (const [isWell, text] of verdicts) process.stdout.write(`${isWell ? "yes" : "NO "}  ${text}\n`)
  if (verdicts.some(([isWell]) => !isWell)) process.exitCode = 1
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const signed = (value: number): string => `${value < 0 ? "" : "+"}${value}`

/** The slope of the least-squares line through these values, one per minute. */
const slopeOf = (values: readonly number[]): number => {
  const mean = (all: readonly number[]) => all.reduce((sum, value) => sum + value, 0) / all.length
  const middle = (values.length - 1) / 2
  const spread = values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0)
  const average = mean(values)
  return spread === 0 ? 0 : values.reduce((sum, value, index) => sum + (index - middle) * (value - average), 0) / spread
}

const within = (name: string, given: string, maximum: number): number => {
  const value = Number(given)
  if (Number.isInteger(value) && value >= 1 && value <= maximum) return value
  throw new Error(`--${name}: ${given} is no whole number from 1 to ${maximum}`)
}
