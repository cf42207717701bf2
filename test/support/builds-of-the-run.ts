/** Builds the gateway and the dashboard before the tests, each if its sources are newer than its build: Vitest's globalSetup. */
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { isBuildCurrent } from "../../launch.js"
import { buildDashboard } from "../../scripts/build-dashboard.ts"
import { buildGateway } from "../../scripts/build-gateway.ts"

const root = fileURLToPath(new URL("../../dashboard/", import.meta.url))

export default async (): Promise<void> => {
  if (!isBuildCurrent()) await buildGateway()
  const built = join(root, "dist", "index.html.gz")
  const sources = [join(root, "index.html"), ...filesIn(join(root, "src"))]
  const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs))
  if (!existsSync(built) || statSync(built).mtimeMs < newest) await buildDashboard()
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).map(({ parentPath, name }) => join(parentPath, name))
