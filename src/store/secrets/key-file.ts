/**
 * A key in its own file in the data directory, readable by its owner only. The file is complete and durable, or does not exist.
 *
 * It is written under a temporary name first. An empty file counts as missing: a process that was killed, or found the disk full,
 * between creating and writing the file leaves one.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

/** The file's content; undefined if the file does not exist or is empty. */
export const readKeyFile = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, "utf8").trim() || undefined : undefined

/** When it returns, the file would survive a power cut. */
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
