/**
 * Backups that the gateway makes of its own store, into a folder of its own: one at a time, at most so many, and never so that the disk
 * fills up. They contain no key. `bitacora backup` copies to any folder. Keeps LOG-10.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { Clock, Context, Effect, Layer, Schema } from "effect"
import { type Described, makeBackup, partialOf } from "../store/backup/backup.ts"
import { Database } from "../store/database.ts"
import { MASTER_KEY_FILE } from "../store/secrets/master-key.ts"

/** Transient: one backup is made at a time, because a backup reads as fast as the disk allows. */
export class BackupRunning extends Schema.TaggedError<BackupRunning>()("BackupRunning", { name: Schema.String }) {
  override get message(): string {
    return `the backup ${this.name} is being made; wait until it has ended`
  }
}

/** Rejection: the store is on a database server, which has its own tools. */
export class BackupElsewhere extends Schema.TaggedError<BackupElsewhere>()("BackupElsewhere", {
  advice: Schema.String
}) {
  override get message(): string {
    return this.advice
  }
}

/** What to do where the store is on a database server. */
export const serverBackup = (
  { host, database }: { readonly host: string; readonly database: string },
  dataDirectory: string
): string =>
  `the store is on ${host}; use its own tools: mysqldump --single-transaction ${database}. Then copy ${dataDirectory}/media, and keep ${MASTER_KEY_FILE} elsewhere`

export interface BackupSettings {
  readonly dataDirectory: string
  readonly database: { readonly host: string; readonly database: string } | undefined
  readonly backups: {
    readonly directory: string
    readonly keptMax: number
    readonly freeBytesMin: number
  }
}

export interface MadeBackup {
  readonly name: string
  readonly state: "running" | "complete" | "failed"
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** Of a complete backup. */
  readonly described: Described | null
  /** Of one that runs: how many bytes of the database, or then how many files, are copied. */
  readonly progress: { readonly of: "bytes" | "files"; readonly done: number; readonly all: number } | null
  /** Of one that failed: why, and what to do. Of a complete one: why the oldest could not be deleted. */
  readonly problem: string | null
}

export interface BackupsShape {
  /** Returns once the backup has begun. When it is complete, the oldest beyond the limit are deleted. */
  readonly start: Effect.Effect<MadeBackup, BackupRunning | BackupElsewhere>
  /** The newest first: the complete ones, the one that runs, and the last one if it failed since the gateway started. */
  readonly list: Effect.Effect<readonly MadeBackup[]>
  readonly settings: BackupSettings
}

const DESCRIPTION = "backup.json"
/** In time order as texts. */
const NAME = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)\.(\d{3})Z$/

export class Backups extends Context.Service<Backups, BackupsShape>()("bitacora/application/Backups") {
  /** When it is closed, a backup that runs is given up, and leaves nothing. */
  static readonly layer = (settings: BackupSettings) => Layer.effect(Backups, make(settings))
}

const make = (settings: BackupSettings) =>
  Effect.gen(function* () {
    const { dialect } = yield* Database
    const { directory, keptMax, freeBytesMin } = settings.backups
    const stop = new AbortController()
    let latest: MadeBackup | undefined
    let work: Promise<void> | undefined

    const copy = async (name: string): Promise<void> => {
      const note = (change: Partial<MadeBackup>) => {
        if (latest) latest = { ...latest, ...change }
      }
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 })
        for (const left of namesIn(directory, ".partial")) rmSync(partialOf(join(directory, left)), { recursive: true })
        const described = await makeBackup(settings.dataDirectory, join(directory, name), {
          isOwn: true,
          description: DESCRIPTION,
          freeBytesMin,
          signal: stop.signal,
          keys: [],
          progress: (of, done, all) => note({ progress: { of, done, all } })
        })
        const problem = await dropOldest(directory, keptMax)
        note({ state: "complete", described, problem, progress: null })
      } catch (failure) {
        note({ state: "failed", problem: messageOf(failure), progress: null })
      } finally {
        work = undefined
      }
    }
    yield* Effect.addFinalizer(() =>
      Effect.promise(async () => {
        stop.abort(new Error("the gateway stopped"))
        await work
      })
    )

    return Backups.of({
      settings,
      start: Effect.gen(function* () {
        if (dialect.name !== "sqlite" || settings.database !== undefined) {
          const advice =
            settings.database === undefined
              ? "the store is on a database server; use its own tools"
              : serverBackup(settings.database, settings.dataDirectory)
          return yield* new BackupElsewhere({ advice })
        }
        if (work !== undefined && latest) return yield* new BackupRunning({ name: latest.name })
        const startedAt = yield* Clock.currentTimeMillis
        const name = new Date(startedAt).toISOString().replaceAll(":", "-")
        const begun: MadeBackup = {
          name,
          state: "running",
          startedAt,
          described: null,
          progress: { of: "bytes", done: 0, all: 0 },
          problem: null
        }
        latest = begun
        work = copy(name)
        return begun
      }),
      list: Effect.sync(() => {
        const own = latest
        const others = namesIn(directory).filter((name) => name !== own?.name || own.state === "complete")
        const complete = others.flatMap((name) => completeOne(directory, name, name === own?.name ? own.problem : null))
        return own === undefined || own.state === "complete" ? complete : [own, ...complete]
      })
    })
  })

/** A sentence about what could not be deleted; null if all could. */
const dropOldest = async (directory: string, keptMax: number): Promise<string | null> => {
  for (const old of namesIn(directory).slice(keptMax)) {
    try {
      await rm(join(directory, old), { recursive: true, force: true })
    } catch (failure) {
      return `the backup ${old} could not be deleted: ${messageOf(failure)}; delete it, or make it deletable`
    }
  }
  return null
}

const messageOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))

/** The newest first. */
const namesIn = (directory: string, ending = ""): readonly string[] => {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, name.length - ending.length))
    .filter((name) => NAME.test(name))
    .toSorted()
    .toReversed()
}

const completeOne = (directory: string, name: string, problem: string | null): readonly MadeBackup[] => {
  const startedAt = Date.parse(name.replace(NAME, "$1T$2:$3:$4.$5Z"))
  try {
    const described = JSON.parse(readFileSync(join(directory, name, DESCRIPTION), "utf8")) as Described
    return [{ name, state: "complete", startedAt, described, progress: null, problem }]
  } catch {
    // Not one of ours, or deleted a moment ago.
    return []
  }
}
