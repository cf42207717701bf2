/**
 * Runs a program of the gateway with any version of Node. It runs the build in `dist` that `npm ci` makes, or the sources where there is
 * no build, or where a source has changed since.
 *
 * Both need the Node that `npm ci` installs. On an older Node this starts that one as a child process and forwards signals and the exit
 * code. The gateway stops when this process ends without a signal.
 */
import { spawn } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const NEEDED_MAJOR = 24
/** Node can hang in its own end (a compilation that waits for memory). */
const END_MAX_MS = 5_000
const root = fileURLToPath(new URL(".", import.meta.url))

/** `program`: its path below `src`, without its ending. */
export const launch = async (program) => {
  const pinned = join(root, "node_modules/.bin/node")
  if (Number(process.versions.node.split(".")[0]) >= NEEDED_MAJOR) {
    await import(pathToFileURL(programFile(program)).href)
  } else if (existsSync(pinned)) {
    runWith(pinned, program)
  } else {
    process.stderr.write(
      `Bitácora needs Node ${NEEDED_MAJOR}; this is ${process.version}. Run npm ci, which installs it\n`
    )
    process.exit(1)
  }
}

const runWith = (node, program) => {
  const child = spawn(node, [programFile(program), ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"]
  })
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => child.kill(signal))
  // start.js was killed: the gateway stops, and this with it.
  process.on("disconnect", () => child.kill("SIGTERM"))
  process.channel?.unref()
  killIfItHangs(child)
  child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)))
}

/** A gateway closes its channel when it has stopped: then only the end of its process is left. */
export const killIfItHangs = (gateway) =>
  gateway.on("disconnect", () => setTimeout(() => gateway.kill("SIGKILL"), END_MAX_MS).unref())

const programFile = (program) => {
  const built = join(root, `dist/${program}.js`)
  const source = join(root, `src/${program}.ts`)
  if (!existsSync(built)) return source
  const changed = changedSince(built)
  if (changed === undefined) return built
  process.stderr.write(`${changed} is newer than the build: the sources run. npm run build makes it anew\n`)
  return source
}

/** Whether there is a build, made after the last change of a source. */
export const isBuildCurrent = () => {
  const built = join(root, "dist/main.js")
  return existsSync(built) && changedSince(built) === undefined
}

/** A source that was changed after this file. */
const changedSince = (built) => {
  const sources = ["src", "migrations"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).map((entry) =>
      join(entry.parentPath ?? entry.path, entry.name)
    )
  )
  const builtAt = statSync(built).mtimeMs
  const changed = [...sources, join(root, "package-lock.json")].find((source) => statSync(source).mtimeMs > builtAt)
  return changed && relative(root, changed)
}
