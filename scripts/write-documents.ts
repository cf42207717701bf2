/** Writes the documents that are generated from the code. With `--check` it only reports those that are out of date. */
import { readFileSync, writeFileSync } from "node:fs"
import { dialectsOf } from "../src/http/dialects.ts"
import { openApiDocument } from "../src/http/openapi.ts"
import { version } from "../src/version.ts"
import { apiModels } from "./api-models.ts"
import { eventsDocument } from "./events-document.ts"
import { licensesDocument } from "./licenses-document.ts"

const openApi = openApiDocument(dialectsOf({ version, sendAckTimeoutMs: 1 }), version)
/** The dashboard has a phone in the sandbox. */
const openApiOfSandbox = openApiDocument(
  dialectsOf({ version, sendAckTimeoutMs: 1, hasSimulatedPhones: true }),
  version
)
const documents: Readonly<Record<string, string>> = {
  "dashboard/src/api/models.ts": apiModels(openApiOfSandbox),
  "docs/EVENTS.md": eventsDocument(),
  "docs/LICENSES.md": licensesDocument(),
  "docs/openapi.json": `${JSON.stringify(openApi, null, 2)}\n`
}

const read = (file: URL): string | undefined => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

for (const [path, text] of Object.entries(documents)) {
  const file = new URL(`../${path}`, import.meta.url)
  if (!process.argv.includes("--check")) writeFileSync(file, text)
  else if (read(file) !== text) {
    console.error(`${path} is out of date; run: npm run docs`)
    process.exitCode = 1
  }
}
