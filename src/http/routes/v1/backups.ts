/** /v1/backups: copies of the store in the gateway's own folder, for its operator. */
import { Effect, Schema } from "effect"
import { Backups, type MadeBackup } from "../../../application/backups.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { NoFields } from "./fields.ts"
import { iso } from "./models.ts"

const tag = "System"
const about = <S extends Schema.Top>(schema: S, description: string) => schema.annotate({ description })

const BackupModel = Schema.Struct({
  name: about(Schema.String, "The folder's name: when the backup was started."),
  state: Schema.Literals(["running", "complete", "failed"]),
  startedAt: Schema.NullOr(Schema.String),
  position: about(Schema.NullOr(Schema.Int), "Where the log in the backup ends. Null unless it is complete."),
  hash: about(Schema.NullOr(Schema.String), "The hash at this position."),
  files: about(Schema.NullOr(Schema.Int), "How many files of messages it contains."),
  bytes: about(Schema.NullOr(Schema.Int), "The size of all."),
  progress: about(
    Schema.NullOr(Schema.Struct({ of: Schema.Literals(["bytes", "files"]), done: Schema.Int, all: Schema.Int })),
    "While it runs: how many bytes of the database, or then how many files, are copied."
  ),
  problem: about(
    Schema.NullOr(Schema.String),
    "Why it failed, of which nothing is left then; or why an older one could not be deleted."
  )
}).annotate({ identifier: "Backup" })

const BackupList = Schema.Struct({
  items: Schema.Array(BackupModel),
  folder: about(Schema.String, "Where the gateway keeps them (BACKUP_DIR)."),
  keptMax: about(Schema.Int, "When there are more, the oldest is deleted (BACKUPS_MAX).")
}).annotate({ identifier: "BackupList" })

const backupModel = (made: MadeBackup): typeof BackupModel.Encoded => ({
  name: made.name,
  state: made.state,
  startedAt: iso(made.startedAt),
  position: made.described?.position ?? null,
  hash: made.described?.hash ?? null,
  files: made.described?.files ?? null,
  bytes: made.described?.bytes ?? null,
  progress: made.progress,
  problem: made.problem
})

export const backupRoutes: readonly Route[] = [
  route({
    id: "listBackups",
    method: "GET",
    path: "/v1/backups",
    tag,
    summary: "List the backups in the gateway's folder",
    access: { for: "operator", scope: "admin", allDevices: true },
    answers: { 200: json("The newest first, with the one that runs.", BackupList) },
    examples: [{ status: 200 }],
    handle: () =>
      Effect.gen(function* () {
        const { list, settings } = yield* Backups
        const { directory, keptMax } = settings.backups
        return answer(200, { items: (yield* list).map(backupModel), folder: directory, keptMax })
      })
  }),
  route({
    id: "startBackup",
    method: "POST",
    path: "/v1/backups",
    tag,
    summary: "Start a backup",
    description:
      "Copies the embedded store and the files of its messages while the gateway runs, without any key: keep `master.key` elsewhere. `GET /v1/backups` shows how far it is. When it is complete, the oldest beyond BACKUPS_MAX is deleted. It is given up where it would leave less than BACKUP_FREE_MIN free on the disk. On a database server, use its own tools (409 `backup-elsewhere` says how).",
    access: { for: "operator", scope: "admin", allDevices: true },
    body: NoFields,
    answers: { 202: json("The backup has begun.", BackupModel) },
    failures: ["BackupRunning", "BackupElsewhere"],
    examples: [{ body: {}, status: 202 }],
    handle: () =>
      Effect.gen(function* () {
        const { start } = yield* Backups
        return answer(202, backupModel(yield* start), { location: "/v1/backups" })
      })
  })
]
