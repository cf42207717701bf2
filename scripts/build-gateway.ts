/**
 * Builds the gateway into dist: `npm ci` runs it (`prepare`). The types are removed and the modules are joined in a few files without
 * comments, which halves the memory that the gateway's own code takes (docs/adr/0031-a-build.md). Names and lines stay, so a stack
 * trace can be read.
 */
import { readdirSync, rmSync } from "node:fs"
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

/** Builds into `folder`; whatever was there is deleted. */
export const buildGateway = async (folder = join(root, "dist")): Promise<void> => {
  const { build } = await import("rolldown")
  rmSync(folder, { recursive: true, force: true })
  await build({
    cwd: root,
    input: Object.fromEntries([...programs.map(programEntry), ...migrationEntries()]),
    platform: "node",
    external,
    plugins: [asciiOnly],
    onLog: (level, log, report) => {
      // Packages name others that they use where these are installed.
      if (log.code !== "UNRESOLVED_IMPORT") report(level, log)
    },
    output: {
      dir: folder,
      format: "esm",
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name]-[hash].js",
      comments: { annotation: false, jsdoc: false, legal: false },
      minify: false
    }
  })
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
