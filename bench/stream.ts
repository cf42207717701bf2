/**
 * The effect of a client that stops reading on other clients: the time from recording an event to its frame at clients of the live
 * stream, and the gateway's memory, alternately without and with such a client. Gateway and clients are processes of their own.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { CLOSE } from "../src/http/feeds/feed.ts"
import { Recorder } from "../test/support/recorder.ts"

export const summary = "latency of the live stream with and without a client that stops reading"

export const help = `npm run bench -- stream [--readers 20] [--per-second 200] [--characters 8000] [--seconds 30] [--rounds 3]

One gateway, clients that read, and events at a steady pace. In each round, a time without and a time with one more client, which
reads nothing, until the gateway cuts it (the seconds should be more than it waits for that, 15, and for buffers to fill). Printed
for each: median, 95th and 99th percentile of the time from the moment at which an event was asked to be recorded to its frame at
a client, and the gateway's largest VmRSS; in the end the medians over the rounds beside each other.

  --readers <n>      clients that read (20)
  --per-second <n>   events (200)
  --characters <n>   text of each (8000)
  --seconds <n>      of each time (30)
  --rounds <n>       (3)
`

interface Measured {
  readonly latenciesMs: number[]
  megabytes: number
}

/** For a disconnected client to notice. */
const PAUSE_MS = 3_000
const LOOK_MS = 100

export const run = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      readers: { type: "string", default: "20" },
      "per-second": { type: "string", default: "200" },
      characters: { type: "string", default: "8000" },
      seconds: { type: "string", default: "30" },
      rounds: { type: "string", default: "3" }
    }
  })
  await using gateway = await Recorder.start()
  let into: Measured | undefined
  for (let n = 0; n < Number(values.readers); n++) {
    const reader = await gateway.follow()
    reader.on("message", (frame: Buffer) => void into?.latenciesMs.push(ageMs(frame)))
  }
  const pace = { perSecond: Number(values["per-second"]), characters: Number(values.characters) }
  await gateway.order({ do: "pace", ...pace })
  // Lets the gateway's memory reach its plateau.
  await sleep(Number(values.seconds) * 2_000)

  const without: Measured[] = []
  const having: Measured[] = []
  const cuts: number[] = []
  const measure = async (all: Measured[]): Promise<void> => {
    into = { latenciesMs: [], megabytes: 0 }
    all.push(into)
    for (
      const end = performance.now() + Number(values.seconds) * 1_000;
      performance.now() < end;
      await sleep(LOOK_MS)
    ) {
      into.megabytes = Math.max(into.megabytes, gateway.residentMegabytes)
    }
    into = undefined
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    await measure(without)
    const slow = await gateway.follow()
    slow.pause()
    await measure(having)
    slow.once("close", (code) => cuts.push(code))
    slow.resume()
    await sleep(PAUSE_MS)
    slow.terminate()
  }
  print("without", without)
  print("with a client that stops reading", having)
  const more = (medianP99(having) / medianP99(without) - 1) * 100
  const tooSlow = cuts.filter((code) => code === CLOSE.tooSlow).length
  process.stdout.write(
    `median p99 ${more < 0 ? "" : "+"}${more.toFixed(0)} %; it was disconnected ${tooSlow} times of ${having.length}\n`
  )
}

const STAMP = Buffer.from('"at ')

/** Milliseconds since the event was passed to the log. */
const ageMs = (frame: Buffer): number => {
  const start = frame.indexOf(STAMP) + STAMP.length
  const began = BigInt(frame.subarray(start, frame.indexOf(" ", start)).toString())
  return Number(process.hrtime.bigint() - began) / 1e6
}

const at = (share: number, values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? Number.NaN

const medianP99 = (all: readonly Measured[]): number =>
  at(
    0.5,
    all.map(({ latenciesMs }) => at(0.99, latenciesMs))
  )

const print = (name: string, all: readonly Measured[]): void => {
  process.stdout.write(`${name}\n`)
  all.forEach(({ latenciesMs, megabytes }, round) => {
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => at(share, latenciesMs).toFixed(2))
    process.stdout.write(
      `  round ${round + 1}: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms of ${latenciesMs.length} frames, VmRSS ${megabytes.toFixed(0)} MB at most\n`
    )
  })
  process.stdout.write(`  median p99 ${medianP99(all).toFixed(2)} ms\n`)
}
