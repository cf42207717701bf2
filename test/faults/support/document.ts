/** Writes docs/FAULTS.md from a run of the tests, and reads it back for them. */
import { readFileSync, writeFileSync } from "node:fs"
import { catalogue, type FaultName } from "./catalogue.ts"

/** The effect of one fault, as a test observed it. */
export interface Row {
  readonly fault: FaultName
  /** What Baileys raised. */
  readonly baileys: string
  /** The device's events in the log, each kind once: first the device's own, then those of its messages. */
  readonly events: string
  /** The device's states. */
  readonly state: string
  /** The responses that a client of the API got. */
  readonly client: string
  /** From the fault until the device was CONNECTED again, in ms; null if it does not reconnect on its own. */
  readonly backMs: number | null
}

const FILE = new URL("../../../docs/FAULTS.md", import.meta.url)

const PREFACE = `# Faults

What can go wrong between the gateway and WhatsApp, and the effect. \`npm run docs:faults\` writes this file from a run of \`test/faults\`: the real gateway
with real Baileys sockets on the sandbox network. Every run of those tests compares the observed effects with this file, in all columns except the last.
[COMPLAINTS.md](COMPLAINTS.md) lists which test would catch which user complaint.

Baileys does not report a refused upgrade: the 500 is what it raises when the gateway ends the attempt, and so is the 428 after a silence. *Events* are those in
the device's log, which \`/v1/stream\` sends too, each kind once: first the device's own, then those of its messages. *Back after* is the rounded time from the
fault until the device can send again. The tests use a first retry delay of 40 ms, a ping every 0.5 s, watchdogs of 3 s, and a delay of 0.1 s after a
replacement; the defaults are 2 s, 30 s, 60 s and 30 s (README.md).

| fault | Baileys raised | events | state | the client saw | back after |
|---|---|---|---|---|---|
`

export const faultNames = Object.keys(catalogue) as FaultName[]

export const writeDocument = (rows: readonly Row[]): void => {
  const missing = faultNames.filter((name) => !rows.some(({ fault }) => fault === name))
  if (missing.length > 0) throw new Error(`docs/FAULTS.md is not written; no test ran for: ${missing.join("; ")}`)
  const inOrder = faultNames.flatMap((name) => rows.find(({ fault }) => fault === name) ?? [])
  writeFileSync(FILE, `${PREFACE}${inOrder.map((row) => `| ${cells(row).join(" | ")} |\n`).join("")}`)
}

/** The document's rows by fault, each as the texts of its columns. */
export const readDocument = (): ReadonlyMap<string, readonly string[]> => {
  const rows = readFileSync(FILE, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | "))
  return new Map(rows.slice(1).map((columns) => [columns[0] ?? "", columns]))
}

/** The columns of a row in the document. The time is the last column. */
export const cells = ({ fault, baileys, events, state, client, backMs }: Row): readonly string[] => [
  fault,
  baileys,
  events,
  state,
  client,
  backMs === null ? "–" : roughly(backMs)
]

/** Rounded so that two runs give the same text. */
const roughly = (ms: number): string => `< ${[2, 5, 10, 20].find((seconds) => ms < seconds * 1_000) ?? "∞"} s`
