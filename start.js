/**
 * `node start.js`: runs main.js and restarts it after a crash. A requested end (SIGTERM, SIGINT, exit code 0) ends this process too, and
 * so does a gateway that fails to start: a restart does not correct a wrong setting. The gateway stops when its channel to this process
 * closes, so that none is left behind after a kill of this process.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { killIfItHangs } from "./launch.js"

const main = fileURLToPath(new URL("main.js", import.meta.url))
const PAUSE_MIN_MS = 1_000
const PAUSE_MAX_MS = 30_000
/** A gateway that ends within this time has failed to start. */
const STARTED_AFTER_MS = 5_000

let pauseMs = PAUSE_MIN_MS
let isStopping = false
let child

const run = () => {
  const startedAt = performance.now()
  const gateway = spawn(process.execPath, [main], { stdio: ["inherit", "inherit", "inherit", "ipc"] })
  child = gateway
  killIfItHangs(gateway)
  gateway.on("exit", (code) => {
    const lived = performance.now() - startedAt
    if (isStopping || code === 0) process.exit(code ?? 0)
    if (code !== null && lived < STARTED_AFTER_MS) process.exit(code)
    pauseMs = lived > PAUSE_MAX_MS ? PAUSE_MIN_MS : Math.min(PAUSE_MAX_MS, pauseMs * 2)
    process.stderr.write(`the gateway ended (${code ?? "killed"}); it restarts in ${pauseMs / 1_000} s\n`)
    setTimeout(run, pauseMs)
  })
}

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => {
    isStopping = true
    // Between two gateways there is no process to wait for.
    if (!child.kill(signal)) process.exit(0)
  })
}

run()
