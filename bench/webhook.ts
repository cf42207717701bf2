/**
 * Webhook deliveries to many endpoints beside a bare loop of undici that posts to the same receiver from the same process; and how long
 * deliveries to the others take while one endpoint does not answer. The receiver is a process of its own.
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { pino } from "pino"
import { Agent } from "undici"
import { readSettings } from "../src/config.ts"
import { WebhookId } from "../src/events/ids.ts"
import { eventText } from "../src/events/event-text.ts"
import { type Gateway, startGateway } from "../src/gateway.ts"
import { EventLog, type EventLogShape } from "../src/store/log/event-log.ts"
import { newId } from "../src/store/new-id.ts"
import { Webhooks } from "../src/store/webhook/webhooks.ts"
import { appendTo, origin, received } from "../test/support/events.ts"
import type { Counted } from "./webhook-receiver.ts"

export const summary = "webhook deliveries per second, and their latency beside an endpoint that does not answer"

export const help = `npm run bench -- webhook [--endpoints 100] [--events 200] [--rounds 9] [--per-second 20] [--seconds 15]

In each round the same number of posts twice: events × endpoints by the gateway (signed, in order, with their outcomes in the store), and
by a bare loop of undici with as many posts at a time and bodies of the same length. Then events at a steady pace, alternately without
and with one endpoint that never answers: p50, p95 and p99 of the time from an event's recording to its arrival at the other endpoints.

  --endpoints <n>    (100)
  --events <n>       of each round (200)
  --rounds <n>       of each kind (9); a third of them at the steady pace
  --per-second <n>   events at the steady pace (20)
  --seconds <n>      of each time at that pace (15); 0 leaves this part out
`

/** Lets what waits from the time before arrive. */
const PAUSE_MS = 2_000
const LOOK_MS = 10

export const run = async (args: readonly string[]): Promise<void> => {
  const number = (text: string): { type: "string"; default: string } => ({ type: "string", default: text })
  const { values } = parseArgs({
    args: [...args],
    options: {
      endpoints: number("100"),
      events: number("200"),
      rounds: number("9"),
      "per-second": number("20"),
      seconds: number("15")
    }
  })
  const [endpoints, events, rounds] = [Number(values.endpoints), Number(values.events), Number(values.rounds)]
  const directory = mkdtempSync(join(tmpdir(), "bitacora-bench-webhook-"))
  const receiver = fork(fileURLToPath(new URL("webhook-receiver.ts", import.meta.url)))
  const { port } = await counted(receiver)
  const env = { DATA_DIR: directory, PORT: "0", OUTBOUND_ALLOW: "127.0.0.1", API_KEY: "operator-key-for-tests" }
  process.umask(0o077)
  const settings = await Effect.runPromise(readSettings(env))
  const gateway = await startGateway(settings, "bench", pino({ level: "warn" }))
  try {
    const ids = await addEndpoints(gateway, endpoints, `http://127.0.0.1:${port}`)
    const log = await gateway.runtime.runPromise(EventLog)
    const url = `http://127.0.0.1:${port}`
    await deliverAll(log, receiver, events, endpoints)
    const ratios: number[] = []
    const cpuRatios: number[] = []
    for (let round = 1; round <= rounds; round++) {
      const bare = await postAll(log, receiver, { url, posts: events * endpoints, atOnce: endpoints })
      const delivered = await deliverAll(log, receiver, events, endpoints)
      ratios.push(delivered.perSecond / bare.perSecond)
      cpuRatios.push(bare.cpuUs / delivered.cpuUs)
      const times = `${(delivered.perSecond / bare.perSecond).toFixed(2)} ×`
      say(`round ${round}: webhooks ${shown(delivered)}, bare loop ${shown(bare)}, ${times}`)
    }
    say(`median ${at(0.5, ratios).toFixed(2)} ×; by processor time ${at(0.5, cpuRatios).toFixed(2)} ×`)
    if (Number(values.seconds) > 0)
      await compareStuck(gateway, receiver, ids, { url, ...paceOf(values), rounds: Math.ceil(rounds / 3) })
  } finally {
    await gateway.stop()
    receiver.kill()
    rmSync(directory, { recursive: true, force: true })
  }
}

const paceOf = (values: { readonly "per-second": string; readonly seconds: string }) => ({
  perSecond: Number(values["per-second"]),
  seconds: Number(values.seconds)
})

const say = (line: string) => process.stdout.write(`${line}\n`)

/** What the receiver has counted since the start, and the ages since the last call. */
const counted = async (receiver: ChildProcess): Promise<Counted> => {
  const answer = once(receiver, "message")
  if (receiver.connected && hasStarted.has(receiver)) receiver.send("count")
  hasStarted.add(receiver)
  return ((await answer) as [Counted])[0]
}
const hasStarted = new WeakSet<ChildProcess>()

const addEndpoints = (gateway: Gateway, count: number, url: string): Promise<readonly WebhookId[]> =>
  gateway.runtime.runPromise(
    Effect.gen(function* () {
      const webhooks = yield* Webhooks
      const ids: WebhookId[] = []
      for (let n = 0; n < count; n++) {
        const id = WebhookId.make(newId("whk", Date.now()))
        const secrets = [{ text: `whsec_${Buffer.alloc(32, n).toString("base64")}`, validUntil: null }]
        const filters = { devices: null, types: ["message.received"], headers: {}, slot: null, isTrusted: false }
        const format = "bitacora" as const
        yield* webhooks.register(
          { id, owner: 0, url: `${url}/${n}`, format, ...filters, secrets, createdAt: 0 },
          origin
        )
        ids.push(id)
      }
      return ids
    })
  )

let recorded = 0
const record = (log: EventLogShape, count: number) => {
  const text = () => `at ${process.hrtime.bigint()} ${"x".repeat(100)}`
  const events = Array.from({ length: count }, () => received(`M${recorded++}`, text()))
  return Effect.runPromise(log.commit({ appends: [appendTo("messages/bench", "any", events, 1)] }))
}

const untilCount = async (receiver: ChildProcess, count: number): Promise<void> => {
  while ((await counted(receiver)).count < count) await sleep(LOOK_MS)
}

interface Measured {
  readonly perSecond: number
  /** Processor time of this process for each post, in microseconds. On a busy machine it says more than the time on the clock. */
  readonly cpuUs: number
}

const shown = ({ perSecond, cpuUs }: Measured): string => `${perSecond.toFixed(0)}/s (${cpuUs.toFixed(1)} µs)`

/** Measures so many posts. */
const measured = async (posts: number, work: () => Promise<void>): Promise<Measured> => {
  const began = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { perSecond: (posts * 1_000) / (performance.now() - began), cpuUs: (user + system) / posts }
}

const deliverAll = async (log: EventLogShape, receiver: ChildProcess, events: number, endpoints: number) => {
  const before = (await counted(receiver)).count
  return measured(events * endpoints, async () => {
    for (let n = 0; n < events; n += 50) await record(log, Math.min(50, events - n))
    await untilCount(receiver, before + events * endpoints)
  })
}

interface Posts {
  readonly url: string
  readonly posts: number
  readonly atOnce: number
}

/** A bare loop. */
const postAll = async (log: EventLogShape, receiver: ChildProcess, { url, posts, atOnce }: Posts) => {
  const [event] = await Effect.runPromise(log.readAll({ after: 0, types: ["message.received"], limit: 1 }))
  if (event === undefined) throw new Error("there is no event")
  const body = eventText(event)
  const headers = {
    "content-type": "application/json",
    "webhook-id": "x".repeat(20),
    "webhook-signature": "x".repeat(47)
  }
  const agent = new Agent({ connections: 256, pipelining: 1 })
  const before = (await counted(receiver)).count
  let left = posts
  const loop = async (path: string) => {
    while (left-- > 0) {
      const response = await agent.request({ origin: url, path, method: "POST", headers, body })
      await response.body.dump()
    }
  }
  const result = await measured(posts, async () => {
    await Promise.all(Array.from({ length: atOnce }, (_, n) => loop(`/${n}`)))
    await untilCount(receiver, before + posts)
  })
  await agent.close()
  return result
}

interface Pace {
  readonly url: string
  readonly perSecond: number
  readonly seconds: number
  readonly rounds: number
}

const compareStuck = async (
  gateway: Gateway,
  receiver: ChildProcess,
  ids: readonly WebhookId[],
  { url, perSecond, seconds, rounds }: Pace
): Promise<void> => {
  const log = await gateway.runtime.runPromise(EventLog)
  const [first] = ids
  const pointTo = (path: string) =>
    gateway.runtime.runPromise(
      Webhooks.use((webhooks) => (first ? webhooks.change(first, { url: url + path }, origin) : Effect.void))
    )
  const measure = async (): Promise<readonly number[]> => {
    await sleep(PAUSE_MS)
    await counted(receiver)
    const began = performance.now()
    for (let n = 0; n < perSecond * seconds; n++) {
      await sleep(Math.max(0, began + (n * 1_000) / perSecond - performance.now()))
      await record(log, 1)
    }
    await sleep(PAUSE_MS)
    return (await counted(receiver)).agesMs
  }
  const p99 = { without: [] as number[], having: [] as number[] }
  for (let round = 1; round <= rounds; round++) {
    await pointTo("/0")
    const without = await measure()
    await pointTo("/stuck")
    const having = await measure()
    p99.without.push(at(0.99, without))
    p99.having.push(at(0.99, having))
    say(`round ${round}: without ${shares(without)}; with one stuck ${shares(having)}`)
  }
  const change = (at(0.5, p99.having) / at(0.5, p99.without) - 1) * 100
  say(`median p99 ${change < 0 ? "" : "+"}${change.toFixed(0)} % with an endpoint that does not answer`)
}

const at = (share: number, values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? Number.NaN

const shares = (ages: readonly number[]): string =>
  `p50 ${at(0.5, ages).toFixed(1)} ms, p95 ${at(0.95, ages).toFixed(1)} ms, p99 ${at(0.99, ages).toFixed(1)} ms of ${ages.length}`
