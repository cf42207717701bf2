/** The version of this release, from package.json. */
import { readFileSync } from "node:fs"
import { fileOf } from "./installation.ts"

export const version = (JSON.parse(readFileSync(fileOf("package.json"), "utf8")) as { version: string }).version
