/**
 * Backups that the gateway makes of its own store, into a folder of its own: one at a time, at most so many, and never so that the disk
 * fills up. They contain no key. `bitacora backup` copies to any folder. Keeps LOG-10.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { rename, rm, stat } from "node:fs/promises"
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
        for (const left of namesIn(directory, ".partial")) {
          await rm(partialOf(join(directory, left)), { recursive: true, force: true })
        }
        const described = await makeBackup(settings.dataDirectory, join(directory, name), {
          isOwn: true,
          description: DESCRIPTION,
          freeBytesMin,
          signal: stop.signal,
          keys: [],
          progress: (of, done, all) => note({ progress: { of, done, all } })
        })
        const problem = await dropOldest(directory, keptMax, name)
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
        // It ends with `work = undefined`, so it begins after this line.
        work = Promise.resolve().then(() => copy(name))
        return begun
      }),
      list: Effect.sync(() => {
        const own = latest
        const others = namesInIfAny(directory).filter((name) => name !== own?.name || own.state === "complete")
        const complete = others.flatMap((name) => completeOne(directory, name, name === own?.name ? own.problem : null))
        return own === undefined || own.state === "complete" ? complete : [own, ...complete]
      })
    })
  })

/**
 * Deletes the complete backups beyond the limit, never the one that was just made. A name is a time of the wall clock, which may have been
 * set back, so the age is that of the description. Returns a sentence about what could not be deleted; null if all could.
 */
const dropOldest = async (directory: string, keptMax: number, made: string): Promise<string | null> => {
  const others: { readonly name: string; readonly madeAt: number }[] = []
  for (const name of namesIn(directory)) {
    const madeAt = name === made ? undefined : await madeAtOf(join(directory, name))
    if (madeAt !== undefined) others.push({ name, madeAt })
  }
  const newestFirst = others.toSorted((one, next) => next.madeAt - one.madeAt)
  for (const { name: old } of newestFirst.slice(Math.max(0, keptMax - 1))) {
    try {
      // What a kill leaves of it is removed by the next start, and is not taken for a backup.
      const partial = partialOf(join(directory, old))
      await rename(join(directory, old), partial)
      await rm(partial, { recursive: true, force: true })
    } catch (failure) {
      return `the backup ${old} could not be deleted: ${messageOf(failure)}; delete it, or make it deletable`
    }
  }
  return null
}

/** Undefined for a folder that holds no complete backup. */
const madeAtOf = async (folder: string): Promise<number | undefined> => {
  try {
    return (await stat(join(folder, DESCRIPTION))).mtimeMs
  } catch {
    return undefined
  }
}

const messageOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))

/** The newest first. Throws if the directory cannot be read. */
const namesIn = (directory: string, ending = ""): readonly string[] => {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, name.length - ending.length))
    .filter((name) => NAME.test(name))
    .toSorted()
    .toReversed()
}

/** None of a directory that cannot be read: a start fails then, and says why. */
const namesInIfAny = (directory: string): readonly string[] => {
  try {
    return namesIn(directory)
  } catch {
    return []
  }
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
