/**
 * Builds the gateway into dist: `npm ci` runs it (`prepare`). The types are removed and the modules are joined in a few files without
 * comments, which halves the memory that the gateway's own code takes (docs/adr/0031-a-build.md). Names and lines stay, so a stack
 * trace can be read.
 */
import { readdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

/** Everything that runs as a process or as a thread. The gateway finds it by these names (src/installation.ts). */
const programs = [
  "main",
  "cli/bitacora",
  "cli/verification-worker",
  "application/previews/recording-thread",
  "store/backup/copy-database"
]

/**
 * Packages that stay in node_modules: sharp has a library for each platform, Scalar reads files beside its own, and libsignal's licence
 * would apply to a build that contains it (docs/LICENSES.md).
 */
const external = [/^sharp$/, /^@scalar\//, /^libsignal/]

/** Builds into `folder`. What was there stays until the build is complete, and if it fails. */
export const buildGateway = async (folder = join(root, "dist")): Promise<void> => {
  const { build } = await import("rolldown")
  const fresh = `${folder}.new`
  rmSync(fresh, { recursive: true, force: true })
  await build({
    cwd: root,
    input: Object.fromEntries([...programs.map(programEntry), ...migrationEntries()]),
    platform: "node",
    external,
    plugins: [asciiOnly],
    onLog: (level, log, report) => {
      const isUnresolved = log.code === "UNRESOLVED_IMPORT"
      // Packages name others that they use where these are installed; the gateway names none that is missing.
      if (isUnresolved && log.message.includes("node_modules")) return
      report(isUnresolved ? "error" : level, log)
    },
    output: {
      dir: fresh,
      format: "esm",
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name]-[hash].js",
      comments: { annotation: false, jsdoc: false, legal: false },
      minify: false
    }
  })
  rmSync(folder, { recursive: true, force: true })
  renameSync(fresh, folder)
}

const programEntry = (name: string) => [name, join(root, `src/${name}.ts`)] as const

const migrationEntries = () =>
  readdirSync(join(root, "migrations")).map(
    (name) => [`migrations/${name.slice(0, -".ts".length)}`, join(root, "migrations", name)] as const
  )

/** V8 keeps a text with any other character at two bytes for each. */
const asciiOnly = {
  name: "ascii-only",
  renderChunk: (code: string) =>
    code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
}
