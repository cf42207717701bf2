/**
 * `node start.js`: main.js, started again when it ends by itself. An end that somebody asked for (SIGTERM, SIGINT, exit code 0)
 * ends this too, and so does a gateway that cannot even start: a wrong setting does not get right by trying again. The gateway hears
 * of the end of this process over its channel and stops then, so that none is left behind when this one is killed.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("main.js", import.meta.url))
const PAUSE_MIN_MS = 1_000
const PAUSE_MAX_MS = 30_000
/** A gateway that ends within this time of its start did not start. */
const STARTED_AFTER_MS = 5_000

let pauseMs = PAUSE_MIN_MS
let isStopping = false
let child

const run = () => {
  const startedAt = performance.now()
  child = spawn(process.execPath, [main], { stdio: ["inherit", "inherit", "inherit", "ipc"] })
  child.on("exit", (code) => {
    const lived = performance.now() - startedAt
    if (isStopping || code === 0) process.exit(code ?? 0)
    if (code !== null && lived < STARTED_AFTER_MS) process.exit(code)
    pauseMs = lived > PAUSE_MAX_MS ? PAUSE_MIN_MS : Math.min(PAUSE_MAX_MS, pauseMs * 2)
    process.stderr.write(`the gateway ended (${code ?? "killed"}); it starts again in ${pauseMs / 1_000} s\n`)
    setTimeout(run, pauseMs)
  })
}

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => {
    isStopping = true
    // In the pause between two gateways there is none to wait for.
    if (!child.kill(signal)) process.exit(0)
  })
}

run()
