/** Reports how long the run took, on what machine, and which files took longest. */
import { cpus, totalmem } from "node:os"
import type { Reporter, TestModule } from "vitest/node"

const SLOWEST = 5

export default class RunReport implements Reporter {
  readonly #startedAt = performance.now()

  onTestRunEnd(modules: readonly TestModule[]): void {
    const [cpu] = cpus()
    const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`
    const machine = `${cpus().length} × ${cpu?.model.trim() || "CPU"}, ${memory}, Node ${process.version}`
    const files = modules
      .map((module) => ({ name: module.relativeModuleId, seconds: module.diagnostic().duration / 1_000 }))
      .toSorted((a, b) => b.seconds - a.seconds)
      .slice(0, SLOWEST)
    process.stdout.write(
      `\n${modules.length} files took ${minutes(performance.now() - this.#startedAt)} on ${machine}\n`
    )
    for (const { name, seconds } of files) process.stdout.write(`  ${seconds.toFixed(1).padStart(6)} s  ${name}\n`)
  }
}

const minutes = (ms: number): string => {
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
