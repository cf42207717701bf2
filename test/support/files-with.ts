/** Names of the files under a directory that contain these bytes. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"

export const filesWith = (directory: string, words: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) => {
    const path = join(directory, name)
    return statSync(path).isFile() && readFileSync(path).includes(words)
  })
