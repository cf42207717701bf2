/** For `npm run docs:linking`: writes the table of docs/LINKING.md from what the tests have noted. */
import type { Reporter, TestModule } from "vitest/node"
import { type Row, writeDocument } from "./document.ts"

declare module "vitest" {
  interface TaskMeta {
    linking?: Row
  }
}

export default class LinkingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    if (tests.some((test) => test.result().state === "failed")) return
    writeDocument(tests.flatMap((test) => test.meta().linking ?? []))
  }
}
