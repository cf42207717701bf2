/** `bitacora backup`: a copy of the embedded store, from which a gateway can be started. */
import { rmSync } from "node:fs"
import { parseArgs } from "node:util"
import { Effect } from "effect"
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

Copies the store in DATA_DIR to a folder that is not there yet, also while the gateway runs: the database as it is at one moment,
with every event that was acknowledged before, and the files that its messages refer to. What was erased before is not in it, in
no freed page either. Until it is whole and durable it is called <folder>.partial. Prints where its log ends; exit code 1 when no
backup was made.

Not in it, unless --with-keys says so:
  master.key     decrypts the credentials: who has it and the backup can be every linked phone. Without it no gateway starts from
                 the backup. It never changes: keep it once, elsewhere, and give it back as the file or as MASTER_KEY
  audit.key      signs heads, and the place where a trimmed log begins: keep it, too. Where it is missing another one is made, and
                 an earlier trimming only verifies with --key and the old public key
  operator.key   where it is missing another one is made
Never in it: settings (.env). Messages, numbers and names are in it in the clear: keep it like the original.

To verify it: DATA_DIR=<folder> npm run bitacora -- audit verify. To go back: stop the gateway, and start it with DATA_DIR=<folder>
and the master key. Never run two gateways on copies of one store: they would be two connections of one device, and the encryption
that they share with each contact would part ways, so that messages can no longer be read (docs/AUDIT.md, "Backups").

While a backup is made, erasing may answer that the store is not available; ask again. With MySQL or MariaDB the server's own
tools make the copy: mysqldump --single-transaction, and beside it the folder media in DATA_DIR, copied after the dump.
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
    throw new UsageProblem(
      `the store is on ${database.host}, whose own tools copy it: mysqldump --single-transaction ${database.database}. Then copy ${dataDirectory}/media, and keep ${MASTER_KEY_FILE} elsewhere`
    )
  }
  requireStore(settings)
  const line = progressLine()
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => giveUp(folder, signal))
  const backup = await makeBackup(dataDirectory, folder, {
    keys: values["with-keys"] ? KEYS : [],
    progress: (what, done, all) =>
      line.show(what === "bytes" ? `database: ${megabytes(done)} of ${megabytes(all)}` : `files: ${done} of ${all}`)
  }).finally(() => line.end())
  process.stdout.write(`${JSON.stringify(backup)}\n`)
  if (!backup.keys.includes(MASTER_KEY_FILE)) {
    process.stderr.write(
      `The master key is not in it, and no gateway starts from it without: keep ${MASTER_KEY_FILE}, or MASTER_KEY, elsewhere.\n`
    )
  }
}

/** The thread that copies would hold an orderly exit up until it is done. */
const giveUp = (folder: string, signal: NodeJS.Signals): void => {
  rmSync(partialOf(folder), { recursive: true, force: true })
  process.kill(process.pid, signal)
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`
