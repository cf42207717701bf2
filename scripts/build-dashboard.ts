/** Builds the dashboard into dashboard/dist. Every file is also written compressed, so that the gateway compresses nothing while it serves. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"

const root = fileURLToPath(new URL("../dashboard/", import.meta.url))
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }

/** Builds into `folder`; whatever was there is deleted. */
export const buildDashboard = async (folder = join(root, "dist")): Promise<void> => {
  await forProduction(async () => {
    const { build } = await import("vite")
    await build({
      root,
      base: "/dashboard/",
      configFile: false,
      logLevel: "warn",
      build: {
        outDir: folder,
        emptyOutDir: true,
        target: "es2023",
        // The policy of the page allows no `data:` scripts or styles, and no inline ones.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        // The licences of the packages that the built files contain.
        license: { fileName: "licenses.md" }
      }
    })
  })
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const content = readFileSync(path)
    writeFileSync(`${path}.br`, brotliCompressSync(content, BROTLI))
    writeFileSync(`${path}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }))
  }
}

/** Vite builds for development where NODE_ENV is anything else, as in a test. */
const forProduction = async (work: () => Promise<void>): Promise<void> => {
  const before = process.env.NODE_ENV
  process.env.NODE_ENV = "production"
  try {
    await work()
  } finally {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  }
}
