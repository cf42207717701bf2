/** `bitacora backup`: copies the embedded store. A gateway can be started from the copy. */
import { rmSync } from "node:fs"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { serverBackup } from "../../application/backups.ts"
import { readSettings } from "../../config.ts"
import { OPERATOR_KEY_FILE } from "../../application/operator-key.ts"
import { makeBackup, partialOf } from "../../store/backup/backup.ts"
import { MASTER_KEY_FILE } from "../../store/secrets/master-key.ts"
import { AUDIT_KEY_FILE } from "../../store/audit/signed-head.ts"
import { UsageProblem } from "../failure.ts"
import { requireStore } from "../open-store.ts"
import { progressLine } from "../progress-line.ts"

const KEYS = [MASTER_KEY_FILE, AUDIT_KEY_FILE, OPERATOR_KEY_FILE]

export const help = `bitacora backup <folder> [--with-keys]

Copies the store in DATA_DIR to a new folder, also while a gateway runs: the database as it is at one moment, with every event that was
acknowledged before, and the files of its messages. It contains nothing that was erased before, not even in freed pages. Until it is
complete and durable, the folder is called <folder>.partial. Prints where the log in it ends. Exit code 1 if there is no backup.

The backup contains these keys only with --with-keys:
  master.key     Decrypts the credentials: together with the backup it can act as every linked phone. A gateway cannot start from the
                 backup without it. It never changes: keep one copy elsewhere, and restore it as the file or as MASTER_KEY.
  audit.key      Signs heads, and the start of a trimmed log. Keep a copy of it too. If it is missing, a new one is created, and an
                 earlier trimming verifies only with --key and the old public key.
  operator.key   If it is missing, a new one is created.
The backup never contains settings (.env). It contains messages, numbers and names in plain text: protect it like the original.

To verify it: DATA_DIR=<folder> npm run bitacora -- audit verify. To restore it: stop the gateway, and start it with DATA_DIR=<folder>
and the master key. Never run two gateways on copies of one store: they would be two connections of one device, and the encryption
state that they share with each contact would diverge, so that messages can no longer be read (docs/AUDIT.md, "Backups").

During a backup, erasures may fail because the store is unavailable; repeat them. For MySQL or MariaDB use the server's own tools:
mysqldump --single-transaction, and then a copy of the folder media in DATA_DIR.
`

export const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { "with-keys": { type: "boolean", default: false } }
  })
  const [folder, ...more] = positionals
  if (folder === undefined || more.length > 0) throw new UsageProblem(help)
  const settings = await Effect.runPromise(readSettings(process.env))
  const { dataDirectory, database } = settings
  if (database !== undefined) {
    throw new UsageProblem(serverBackup(database, dataDirectory))
  }
  requireStore(settings)
  const line = progressLine()
  const stop = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => giveUp(folder, signal, stop))
  const backup = await makeBackup(dataDirectory, folder, {
    keys: values["with-keys"] ? KEYS : [],
    signal: stop.signal,
    progress: (what, done, all) =>
      line.show(what === "bytes" ? `database: ${megabytes(done)} of ${megabytes(all)}` : `files: ${done} of ${all}`)
  }).finally(() => line.end())
  process.stdout.write(`${JSON.stringify(backup)}\n`)
  if (!backup.keys.includes(MASTER_KEY_FILE)) {
    process.stderr.write(
      `The backup does not contain the master key, and no gateway can start from it without. Keep ${MASTER_KEY_FILE}, or MASTER_KEY, elsewhere.\n`
    )
  }
}

/** Copying a file can block for long, so the process does not wait for an orderly end. */
const giveUp = (folder: string, signal: NodeJS.Signals, stop: AbortController): void => {
  stop.abort()
  rmSync(partialOf(folder), { recursive: true, force: true })
  process.kill(process.pid, signal)
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`
