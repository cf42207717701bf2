/** Writes docs/EVENTS.md from the event catalogue. `--check` says whether it is up to date instead. */
import { readFileSync, writeFileSync } from "node:fs"
import { eventsDocument } from "./events-document.ts"

const file = new URL("../docs/EVENTS.md", import.meta.url)
const text = eventsDocument()

if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    console.error("docs/EVENTS.md is not what the catalogue says; run: npm run docs:events")
    process.exit(1)
  }
} else writeFileSync(file, text)
