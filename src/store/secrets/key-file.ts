/**
 * A key in a file of its own in the data directory, for its owner only: whole and durable, or not there.
 *
 * It is written under another name first. A file that is empty counts for none: that is what a process leaves that is killed, or
 * finds no room, between making a file and writing to it.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

/** What stands in it; undefined where nobody has made it. */
export const readKeyFile = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, "utf8").trim() || undefined : undefined

/** Would survive a power cut when this returns. */
export const writeKeyFile = (file: string, text: string): void => {
  const partial = `${file}.partial`
  rmSync(partial, { force: true })
  writeFileSync(partial, text, { mode: 0o600, flag: "wx", flush: true })
  renameSync(partial, file)
  const directory = openSync(dirname(file), "r")
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
