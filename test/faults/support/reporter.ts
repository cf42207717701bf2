/** For `npm run docs:faults`: writes docs/FAULTS.md from the rows that the tests have noted. */
import type { Reporter, TestModule } from "vitest/node"
import { type Row, writeDocument } from "./document.ts"

declare module "vitest" {
  interface TaskMeta {
    fault?: Row
  }
}

export default class FaultReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    if (tests.some((test) => test.result().state === "failed")) return
    writeDocument(tests.flatMap((test) => test.meta().fault ?? []))
  }
}
