import type { System } from "../../api/models.ts"
import { bytesText, durationText, millisecondsText, numberText } from "../../i18n/amount.ts"
import { text, type TextKey } from "../../i18n/text.ts"
import { appendRates, useSystem, waitingIn } from "../../state/system.ts"
import { CopyCall } from "../copy-call.tsx"
import { type Fact, Facts } from "../facts.tsx"
import { Measure } from "./measure.tsx"
import { ProblemNote } from "../problem-note.tsx"
import { StateMark } from "../state-mark.tsx"
import { TimeAgo } from "../time-ago.tsx"
import "./system-part.css"

/** What the gateway does now, and what it did while this was open. */
export const SystemPart = () => {
  const { system, samples, failure } = useSystem()
  const over = (value: (of: System) => number) => samples.map(({ system: of }) => value(of))
  return (
    <div class="system-part">
      <div class="row">
        <h2>{text("operator.system")}</h2>
        <CopyCall call={{ method: "GET", path: "/v1/system" }} />
      </div>
      <p class="quiet">{text("operator.systemText")}</p>
      <ProblemNote failure={failure} />
      {system === undefined ? (
        <div class="measures empty" aria-busy="true" />
      ) : (
        <>
          <div class="measures">
            <Measure
              title={text("operator.memory")}
              value={bytesText(system.memory.rss)}
              hint={text("operator.memoryHint", {
                free: bytesText(system.memory.machineFree),
                all: bytesText(system.memory.machineTotal)
              })}
              values={over(({ memory }) => memory.rss)}
            />
            <Measure
              title={text("operator.delay")}
              value={millisecondsText(system.eventLoopDelay.p99Ms)}
              hint={text("operator.delayHint", { max: millisecondsText(system.eventLoopDelay.maxMs) })}
              values={over(({ eventLoopDelay }) => eventLoopDelay.p99Ms)}
            />
            <Measure
              title={text("operator.appends")}
              value={numberText(system.appendsPerSecond, 1)}
              hint={text("operator.appendsHint", { position: numberText(system.log.position) })}
              values={appendRates(samples)}
            />
            <Measure
              title={text("operator.waiting")}
              value={numberText(waitingIn(system))}
              hint={text("operator.waitingHint")}
              values={over(waitingIn)}
            />
          </div>
          <div class="groups">
            <Group word="operator.queues" facts={queuesOf(system)} />
            <Group word="operator.store" facts={storeOf(system)} />
            <Group word="operator.gateway" facts={gatewayOf(system)} />
          </div>
        </>
      )}
    </div>
  )
}

type Known = readonly Fact[]

const Group = ({ word, facts }: { readonly word: TextKey; readonly facts: Known }) => (
  <section class="card">
    <h3>{text(word)}</h3>
    <Facts facts={facts} />
  </section>
)

const queuesOf = ({ queues }: System): Known => [
  [text("operator.queueMessages"), numberText(queues.messages)],
  [text("operator.queueBulk"), numberText(queues.bulkSends)],
  [text("operator.queueWebhooks"), numberText(queues.webhooks)],
  [
    text("operator.queueMailboxes"),
    queues.mailboxes === 0
      ? "0"
      : text("operator.queueFullest", {
          all: numberText(queues.mailboxes),
          fullest: numberText(queues.fullestMailbox)
        })
  ],
  [text("operator.queueWrites"), numberText(queues.writes)]
]

const words: Readonly<Record<System["health"], TextKey>> = {
  ok: "operator.healthOk",
  degraded: "operator.healthDegraded",
  error: "operator.healthError"
}
const marks: Readonly<Record<System["health"], string>> = { ok: "●", degraded: "▲", error: "■" }

const storeOf = ({ health, database, disk, log }: System): Known => [
  [
    text("operator.health"),
    <span class={`health-${health}`}>
      <span aria-hidden="true">{marks[health]}</span> {text(words[health])}
    </span>
  ],
  [text("operator.database"), `${database.kind === "sqlite" ? "SQLite" : "MySQL"} ${database.version}`],
  [text("operator.databaseBytes"), bytesText(database.bytes)],
  [text("operator.disk"), text("operator.diskFree", { free: bytesText(disk.freeBytes), all: bytesText(disk.bytes) })],
  [text("operator.position"), <output>{numberText(log.position)}</output>],
  [text("operator.lastEvent"), log.recordedAt !== null && <TimeAgo at={log.recordedAt} />],
  [text("operator.hash"), <code class="hash">{log.hash}</code>]
]

const gatewayOf = ({ version, node, uptimeSeconds, webVersion, devices }: System): Known => [
  [text("operator.version"), version],
  [text("operator.uptime"), durationText(uptimeSeconds)],
  [text("operator.webVersion"), webVersion],
  ["Node.js", node],
  ...Object.entries(devices).map(([state, count]) => [<StateMark state={state} />, numberText(count)] as const)
]
