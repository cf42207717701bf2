/**
 * Breaks the Baileys adapter on purpose, one line at a time, and runs the tests that should notice (mutants/list.ts). Exits with 1 when a
 * mutant survives, cannot be applied, or does not run at all.
 *
 *     npm run mutants [-- <part of a file's name or of what it breaks>]
 *
 * Everything happens in a temporary copy of the project. Soak tests run it as well.
 */
import { spawn } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { mutants } from "./mutants/list.ts"
import { ADAPTER, type Mutant } from "./mutants/mutant.ts"

const root = new URL("..", import.meta.url).pathname
/** What the tests do not need, or what they must not share with the project. */
const LEFT_OUT = new Set([".git", "node_modules", "data"])
/** A mutant that makes its tests hang is noticed too. */
const RUN_MAX_MS = 300_000

interface Outcome {
  /** The first test that failed; undefined when none did. */
  readonly failed: string | undefined
  /** How many tests were found. None: the mutant is no valid code. */
  readonly tests: number
}

interface Report {
  readonly numTotalTests: number
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

const main = async (): Promise<void> => {
  const chosen = mutants.filter(({ file, breaks }) => `${file} ${breaks}`.includes(process.argv[2] ?? ""))
  const copy = mkdtempSync(join(tmpdir(), "bitacora-mutants-"))
  try {
    cpSync(root, copy, { recursive: true, filter: (path) => path === root || !LEFT_OUT.has(basename(path)) })
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))
    const { failed } = await run(copy, [...new Set(chosen.flatMap(({ killedBy }) => killedBy))])
    if (failed !== undefined) throw new Error(`without a mutant, a test fails: ${failed}`)
    let survivors = 0
    for (const mutant of chosen) {
      const startedAt = performance.now()
      const verdict = await judge(copy, mutant)
      const seconds = Math.round((performance.now() - startedAt) / 1_000)
      if (!verdict.startsWith("killed")) survivors++
      print(`| ${mutant.file} | ${mutant.breaks} | ${verdict} | ${seconds} s |`)
    }
    print(`${chosen.length - survivors} of ${chosen.length} mutants are killed`)
    if (survivors > 0) process.exitCode = 1
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

const judge = async (copy: string, { file, text, becomes, killedBy }: Mutant): Promise<string> => {
  const path = join(copy, ADAPTER, file)
  const original = readFileSync(path, "utf8")
  if (original.split(text).length !== 2) return "NOT FOUND: its text has to be in the file once"
  writeFileSync(
    path,
    original.replace(text, () => becomes)
  )
  try {
    const { failed, tests } = await run(copy, killedBy)
    if (tests === 0) return "BROKEN: no test could run"
    return failed === undefined ? "SURVIVED" : `killed by “${failed}”`
  } finally {
    writeFileSync(path, original)
  }
}

/** Runs these test files until one test fails. */
const run = async (copy: string, files: readonly string[]): Promise<Outcome> => {
  const output = join(copy, "mutant-report.json")
  const vitest = join(copy, "node_modules/vitest/vitest.mjs")
  const reporter = ["--reporter=default", "--reporter=json", `--outputFile.json=${output}`, "--no-color"]
  const child = spawn(process.execPath, [vitest, "run", ...files, "--bail=1", ...reporter], {
    cwd: copy,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: RUN_MAX_MS
  })
  let said = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (said += text.toString()))
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve))
  if (code === null) return { failed: "(the tests did not end)", tests: 1 }
  const { numTotalTests, testResults } = JSON.parse(readFileSync(output, "utf8")) as Report
  rmSync(output)
  const failed = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === "failed")
  // Of a file that could not run, or of something that failed outside of the tests.
  const error = /^.*Error: .*$/m.exec(said)?.[0]
  return {
    failed: code === 0 ? undefined : (failed?.fullName ?? error ?? "(an error outside of the tests)"),
    tests: numTotalTests
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

await main()
