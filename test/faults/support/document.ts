/** docs/FAULTS.md: written from a run of the tests, and read back by them. */
import { readFileSync, writeFileSync } from "node:fs"
import { catalogue, type FaultName } from "./catalogue.ts"

/** What one fault did, as a test saw it. */
export interface Row {
  readonly fault: FaultName
  /** What Baileys raised. */
  readonly baileys: string
  /** The device's events in the log, each kind once: first the device's own, then those of its messages. */
  readonly events: string
  /** The device's states. */
  readonly state: string
  /** What a client of the API was answered. */
  readonly client: string
  /** From the fault until the device was CONNECTED again, in ms; null where it does not come back by itself. */
  readonly backMs: number | null
}

const FILE = new URL("../../../docs/FAULTS.md", import.meta.url)

const PREFACE = `# Faults

What can go wrong between this gateway and WhatsApp, and what came of it. Written by \`npm run docs:faults\` from a run of \`test/faults\`: the real gateway with real Baileys
sockets on the sandbox network. Every run of those tests compares what happens with what stands here, all columns but the last. Which user's complaint each test would
catch: [COMPLAINTS.md](COMPLAINTS.md).

Of a refused upgrade Baileys says nothing; the 500 is what it makes of the gateway's hanging up, as is the 428 after a silence. Events are those in the device's log, which followers of \`/v1/stream\` get as
well, each kind once: first what happened to the device, then to its messages. *Back after*: from the fault until the device can
send again, rounded, with a first pause of 40 ms, pings each 0.5 s, watchdogs of 3 s, and 0.1 s after being replaced; the defaults are 2 s, 30 s, 60 s and 30 s (README.md).

| fault | Baileys said | events | state | the client saw | back after |
|---|---|---|---|---|---|
`

export const faultNames = Object.keys(catalogue) as FaultName[]

export const writeDocument = (rows: readonly Row[]): void => {
  const missing = faultNames.filter((name) => !rows.some(({ fault }) => fault === name))
  if (missing.length > 0) throw new Error(`docs/FAULTS.md is not written; no test ran for: ${missing.join("; ")}`)
  const inOrder = faultNames.flatMap((name) => rows.find(({ fault }) => fault === name) ?? [])
  writeFileSync(FILE, `${PREFACE}${inOrder.map((row) => `| ${cells(row).join(" | ")} |\n`).join("")}`)
}

/** The document's rows as texts of their columns, by fault. */
export const readDocument = (): ReadonlyMap<string, readonly string[]> => {
  const rows = readFileSync(FILE, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | "))
  return new Map(rows.slice(1).map((columns) => [columns[0] ?? "", columns]))
}

/** A row as it stands in the document; the time is the last column. */
export const cells = ({ fault, baileys, events, state, client, backMs }: Row): readonly string[] => [
  fault,
  baileys,
  events,
  state,
  client,
  backMs === null ? "–" : roughly(backMs)
]

/** So coarse that two runs say the same. */
const roughly = (ms: number): string => `< ${[2, 5, 10, 20].find((seconds) => ms < seconds * 1_000) ?? "∞"} s`
