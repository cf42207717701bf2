/** docs/LINKING.md: its table is written from a run of the tests, and read back by them. What stands above the table is written by hand. */
import { readFileSync, writeFileSync } from "node:fs"
import { catalogue, DOORS, type DoorName, listed, type Refusal } from "./catalogue.ts"

/** What one refusal did, as a test saw it. */
export interface Row {
  readonly refusal: Refusal
  readonly door: DoorName
  /** What the phone, or the server for it, did. */
  readonly phone: string
  /** What the client was told: actions, reasons, answers. */
  readonly told: string
  /** The device's events in the log, in order, without repetitions. */
  readonly events: string
  readonly end: string
}

const FILE = new URL("../../../docs/LINKING.md", import.meta.url)
const HEAD = "| link by | through | what happens | what the phone did | what the client was told | events | end |\n"

export const refusals = Object.keys(catalogue) as Refusal[]
/** The rows of the document, in order. */
export const rowNames: readonly (readonly [Refusal, DoorName])[] = refusals.flatMap((refusal) =>
  DOORS.map((door) => [refusal, door] as const)
)

export const writeDocument = (rows: readonly Row[]): void => {
  const find = (refusal: Refusal, door: DoorName) => rows.find((row) => row.refusal === refusal && row.door === door)
  const missing = rowNames.filter(([refusal, door]) => find(refusal, door) === undefined)
  if (missing.length > 0) throw new Error(`docs/LINKING.md is not written; no test ran for: ${missing.join("; ")}`)
  const lines = rowNames
    .flatMap(([refusal, door]) => find(refusal, door) ?? [])
    .map((row) => `| ${cells(row).join(" | ")} |\n`)
  const [preface] = readFileSync(FILE, "utf8").split(HEAD)
  writeFileSync(FILE, `${preface}${HEAD}|---|---|---|---|---|---|---|\n${lines.join("")}`)
}

/** The document's rows as texts of their columns, by refusal and door. */
export const readDocument = (): ReadonlyMap<string, readonly string[]> => {
  const [, table = ""] = readFileSync(FILE, "utf8").split(HEAD)
  const rows = table
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | "))
  return new Map(rows.map((columns) => [`${columns[2]} ${columns[1]}`, columns]))
}

export const cells = ({ refusal, door, phone, told, events, end }: Row): readonly string[] => [
  listed[refusal].way,
  door,
  refusal,
  phone,
  told,
  events,
  end
]
