/**
 * `node main.js`: starts the gateway with any version of Node, under the name that existing installations use.
 *
 * The gateway runs TypeScript directly, which needs the Node that `npm ci` installs. On an older Node this starts that one as a
 * child process and forwards signals and the exit code. The gateway stops when this process ends without a signal.
 */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const NEEDED_MAJOR = 24
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const pinned = here("node_modules/.bin/node")

if (Number(process.versions.node.split(".")[0]) >= NEEDED_MAJOR) {
  await import("./src/main.ts")
} else if (existsSync(pinned)) {
  const child = spawn(pinned, [here("src/main.ts")], { stdio: ["inherit", "inherit", "inherit", "ipc"] })
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => child.kill(signal))
  // start.js was killed: the gateway stops, and this with it.
  process.on("disconnect", () => child.kill("SIGTERM"))
  process.channel?.unref()
  child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)))
} else {
  process.stderr.write(
    `Bitácora needs Node ${NEEDED_MAJOR}; this is ${process.version}. Run npm ci, which installs it\n`
  )
  process.exit(1)
}
