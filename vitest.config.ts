import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const root = fileURLToPath(new URL(".", import.meta.url))

/** The tests that do more in the soak (test/support/soak.ts). All others are the same there, so the soak leaves them to `npm test`. */
const soaked = (): string[] =>
  readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .filter((name) => /support\/soak\.ts|process\.env\.SOAK/.test(readFileSync(join(root, "test", name), "utf8")))
    .map((name) => `test/${name}`)

export default defineConfig({
  test: {
    include: process.env.SOAK === "1" ? soaked() : ["test/**/*.test.ts"],
    reporters: ["default", "./test/support/run-report.ts"],
    globalSetup: ["test/support/mariadb-of-the-run.ts", "test/support/builds-of-the-run.ts"],
    // For two cores: more workers would only disturb tests that depend on timing.
    maxWorkers: 2,
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 30_000
  }
})
