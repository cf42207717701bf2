/** Texts that identify their message, wherever their bytes are. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"

/** On one page of a database, or on several. */
export const secret = (id: string): string => `SECRETO-${id}.${id.endsWith("0") ? " relleno".repeat(1_500) : ""}`

/** The bytes of all files of a directory. */
export const bytesIn = (directory: string): string =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n")

/** The messages whose secrets these bytes contain. */
export const secretsIn = (words: string): ReadonlySet<string> =>
  new Set(Array.from(words.matchAll(/SECRETO-(\w+)\./g), ([, id = ""]) => id))
