/** A gateway in a process of its own that records events on request and reports its memory use (recorder.ts). */
import { Effect } from "effect"
import { pino } from "pino"
import { readSettings } from "../../src/config.ts"
import { startGateway } from "../../src/gateway.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { appendTo, received } from "./events.ts"
import type { Answer, Order } from "./recorder.ts"

const settings = await Effect.runPromise(readSettings(process.env))
const gateway = await startGateway(settings, "test", pino({ level: "error" }))
const log = await gateway.runtime.runPromise(EventLog)
let pace: NodeJS.Timeout | undefined
let recorded = 0

const record = (count: number, text: () => string, device = 1) => {
  const events = Array.from({ length: count }, () => received(`M${recorded++}`, text()))
  return gateway.runtime.runPromise(log.commit({ appends: [appendTo("test/recorder", "any", events, device)] }))
}

/** Each event with the moment at which it was passed to the log. */
const recordAtPace = (perSecond: number, characters: number): void => {
  const began = performance.now()
  const before = recorded
  const filler = "x".repeat(characters)
  pace = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1_000) * perSecond) - (recorded - before)
    for (let n = 0; n < due; n++) void record(1, () => `at ${process.hrtime.bigint()} ${filler}`)
  }, 1)
}

const obey = async (order: Order): Promise<Answer> => {
  switch (order.do) {
    case "record": {
      const text = "x".repeat(order.characters)
      const events = await record(order.count, () => text, order.device)
      return { position: events.at(-1)?.position ?? 0 }
    }
    case "pace":
      recordAtPace(order.perSecond, order.characters)
      return { position: log.end() }
    case "rest":
      clearInterval(pace)
      await gateway.runtime.runPromise(log.drained)
      return { position: log.end() }
    case "weigh": {
      globalThis.gc?.()
      const { heapUsed, external } = process.memoryUsage()
      return { position: log.end(), liveBytes: heapUsed + external }
    }
  }
}

process.on("message", (order: Order) => void obey(order).then((answer) => process.send?.(answer)))
process.on("disconnect", () => process.exit(0))
process.send?.({ position: log.end(), url: gateway.url } satisfies Answer)
