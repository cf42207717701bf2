/** Processes whose system calls a test can trace, or make fail (strace). */
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { until } from "./until.ts"
import { isNotHere } from "./not-here.ts"

export const canTrace = ((): boolean => {
  try {
    execFileSync("strace", ["-o", "/dev/null", "true"])
    return true
  } catch {
    return isNotHere(
      "strace is missing or may not trace",
      "that a commit reaches the disk, or a disk fails, is not tested"
    )
  }
})()

export interface InputOutputError {
  /** The name that Linux gives it. */
  readonly call: "pwrite64" | "fsync"
  /** Which calls of a thread fail: `3`, `3..8`, or `3+` for all from the third on. */
  readonly when: string
}

const TRACED = "pwrite64,fsync,fdatasync,ftruncate"

/** strace's options: trace writes, syncs and other changes of files to `file`. */
const tracing = (file: string): readonly string[] => ["-f", "-o", file, "-e", `trace=${TRACED}`]

const injecting = ({ call, when }: InputOutputError): readonly string[] => {
  // SQLite uses one or the other, depending on its build.
  const calls = call === "fsync" ? "fsync,fdatasync" : call
  return ["-e", `inject=${calls}:error=EIO:when=${when}`]
}

/** The given command, with its writes and syncs traced to `file`. */
export const traced = (file: string): readonly string[] => ["strace", "--seccomp-bpf", ...tracing(file)]

/** As `traced`, with these calls failing with EIO. */
export const failing = (error: InputOutputError, file: string): readonly string[] => [
  ...traced(file),
  ...injecting(error)
]

export const countInjected = (trace: string): number => trace.split("(INJECTED)").length - 1

/** Makes calls of a running process fail. */
export class Failing implements AsyncDisposable {
  readonly #tracer: ChildProcess
  readonly #file: string
  readonly #closed: Promise<unknown>

  private constructor(tracer: ChildProcess, file: string) {
    this.#tracer = tracer
    this.#file = file
    this.#closed = new Promise((resolve) => tracer.once("close", resolve))
  }

  /** Counts from now on. */
  static async attach(pid: number, error: InputOutputError, file: string): Promise<Failing> {
    const told = [...tracing(file), ...injecting(error), "-p", String(pid)]
    const tracer = spawn("strace", told, { stdio: ["ignore", "ignore", "pipe"] })
    let said = ""
    tracer.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()))
    await until(() => said.includes("attached"), "strace to be attached")
    return new Failing(tracer, file)
  }

  /** Ends the failures; returns how many calls failed. */
  async end(): Promise<number> {
    this.#tracer.kill("SIGTERM")
    await this.#closed
    return countInjected(readFileSync(this.#file, "utf8"))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }
}
