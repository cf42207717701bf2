import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "./test/support/run-report.ts"],
    globalSetup: ["test/support/mariadb-of-the-run.ts", "test/support/dashboard-of-the-run.ts"],
    // For two cores: more workers would only disturb tests that depend on timing.
    maxWorkers: 2,
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 30_000
  }
})
