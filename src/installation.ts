/**
 * Where the files of this installation are. The gateway runs from its sources, or from the build in `dist` (scripts/build-gateway.ts),
 * where a module is no longer beside the files that it had beside it.
 */
import { findPackageJSON } from "node:module"
import { pathToFileURL } from "node:url"

const root = new URL(".", pathToFileURL(findPackageJSON(import.meta.url) as string))
/** Whether this runs from the build. */
export const isBuilt = import.meta.url.startsWith(new URL("dist/", root).href)

/** A file or a folder of the installation, by its path from the root. */
export const fileOf = (path: string): URL => new URL(path, root)

/** What a thread or a process runs, by its path below `src` and without its ending. scripts/build-gateway.ts builds it. */
export const programOf = (name: string): URL => fileOf(isBuilt ? `dist/${name}.js` : `src/${name}.ts`)

/** The folder of the migrations, and how the names of its files end. */
export const migrations = isBuilt
  ? { folder: fileOf("dist/migrations/"), ending: ".js" }
  : { folder: fileOf("migrations/"), ending: ".ts" }
