/**
 * A process dies at every point of an erasure, one point per run. The files on the disk at that moment are copied and opened again, as
 * the next start would find them.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import { trimLog } from "../../src/application/trimming.ts"
import { trimmableBefore } from "../../src/store/erasure/trimming.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { sweepMedia } from "../../src/store/media/media-references.ts"
import { applyRetention } from "../../src/store/erasure/retention.ts"
import { openAuditKey } from "../../src/store/audit/signed-head.ts"
import * as content from "../support/content-store.ts"
import { ANA, ANA_LID, BEA, ContentStore, queued, received, SHA, sent, text } from "../support/content-store.ts"
import { dialects, sqliteIn, type TestDatabase } from "../support/dialects.ts"
import { origin } from "../support/events.ts"
import { bytesIn, secret, secretsIn } from "../support/secrets.ts"
import { times } from "../support/soak.ts"

const both = (id: string) => {
  const event = received(id, ANA, text(secret(id)))
  return { ...event, data: { ...(event.data as object), chatAlt: ANA_LID, senderAlt: ANA_LID } }
}
const byLid = (id: string) => {
  const event = received(id, ANA, text(secret(id)), ANA_LID)
  return { ...event, data: { ...(event.data as object), sender: ANA_LID } }
}
const ids = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i}`)
const named = (name: string, sha: string) => ({ ...content.media(sha), caption: secret(name) })

const keyFolder = mkdtempSync(join(tmpdir(), "bitacora-key-"))
const key = openAuditKey(keyFolder)
afterAll(() => rmSync(keyFolder, { recursive: true, force: true }))

interface Scenario {
  readonly name: string
  readonly fill: (store: ContentStore) => Promise<unknown>
  readonly erase: (store: ContentStore) => Promise<unknown>
  /** Texts that no file holds at the end. */
  readonly gone: readonly string[]
}

const scenarios: readonly Scenario[] = [
  {
    name: "of a contact",
    fill: async (store) => {
      store.file(SHA("a"), secret("FILE1"))
      store.file(SHA("b"), "for Bea as well")
      await store.messages(both("m1"), ...ids("l", 120).map(byLid))
      await store.messages(queued("q1", ANA, named("q1", SHA("a"))), sent("q1"))
      await store.messages(queued("q2", ANA, named("q2", SHA("b"))), sent("q2"))
      await store.messages(queued("q3", BEA, content.media(SHA("b"))), sent("q3"))
    },
    erase: (store) => store.eraseContact(ANA),
    gone: ["SECRETO", ANA, ANA_LID]
  },
  {
    name: "of a message with many reactions and edits",
    fill: async (store) => {
      store.file(SHA("a"), secret("FILE1"))
      await store.messages(queued("q1", ANA, named("q1", SHA("a"))), sent("q1"), received("m1", BEA, text("queda")))
      const reactions = ids("r", 120).map((id) =>
        content.about("message.reacted", id, "q1", BEA, { emoji: secret(id) })
      )
      const edit = content.about("message.edited", "e1", "q1", BEA, { content: text(secret("e1")) })
      await store.messages(...reactions, edit)
    },
    erase: (store) => store.erase("q1"),
    gone: ["SECRETO"]
  },
  {
    name: "by age",
    fill: async (store) => {
      await store.messages(...ids("m", 230).map((id) => received(id, ANA, text(secret(id)))))
      store.file(SHA("a"), secret("FILE1"))
      await store.messages(queued("q1", ANA, named("q1", SHA("a"))), sent("q1"), queued("q2", BEA, text("queda")))
    },
    erase: (store) => store.run(applyRetention({ "message.received": -1, "message.queued": -1 }, Date.now())),
    gone: ["SECRETO"]
  },
  {
    name: "with the beginning of the log",
    fill: async (store) => {
      store.file(SHA("a"), secret("FILE1"))
      await store.messages(...ids("m", 255).map((id) => received(id, ANA, text(secret(id)))))
      await store.messages(queued("q1", ANA, named("q1", SHA("a"))), sent("q1"), received("m", BEA, text("queda")))
    },
    erase: (store) =>
      store.run(
        Effect.gen(function* () {
          const log = yield* EventLog
          yield* trimLog((yield* trimmableBefore(log.end())).upTo, { key, origin })
        })
      ),
    gone: ["SECRETO"]
  }
]

type Failure = "dies" | "fails once"

/** Counts points once armed and fails at one of them. For a death it keeps a copy of the directory. */
class Trouble {
  readonly kept = mkdtempSync(join(tmpdir(), "bitacora-death-"))
  readonly #kind: Failure
  readonly #at: number
  isArmed = false
  passed = 0

  constructor(kind: Failure, at: number) {
    this.#kind = kind
    this.#at = at
  }

  get hasStruck(): boolean {
    return this.passed >= this.#at
  }

  pass(directory: string, isCommitted: boolean): void {
    // A database reports no failure for what it has committed.
    if (!this.isArmed || (isCommitted && this.#kind === "fails once")) return
    this.passed++
    if (this.passed === this.#at && this.#kind === "dies") {
      // The index of the write-ahead log is memory shared by live processes only.
      cpSync(directory, this.kept, { recursive: true, filter: (path) => !path.endsWith("-shm") })
    }
    const strikes = this.#kind === "dies" ? this.hasStruck : this.passed === this.#at
    if (strikes) throw new Error("nothing is written")
  }
}

describe.each(dialects)("an erasure on $name", ({ name, create }) => {
  const every = name === "sqlite" ? times(7, 1) : times(23, 1)

  /** Returns how many points there were. */
  const run = async ({ fill, erase, gone }: Scenario, kind: Failure, at: number): Promise<number> => {
    const trouble = new Trouble(kind, at)
    const database = name === "sqlite" ? undefined : await create()
    const on = (directory: string): TestDatabase => database ?? sqliteIn(directory)
    const store = await ContentStore.open(
      async (directory) => on(directory),
      (directory, isCommitted) => trouble.pass(directory, isCommitted)
    )
    try {
      await fill(store)
      const secrets = new Map(
        (await store.events).map(({ position, text: words }) => [position, secretsIn(words ?? "")])
      )
      trouble.isArmed = true
      const outcome = await erase(store).then(
        () => "done",
        () => "interrupted"
      )
      trouble.isArmed = false
      expect(outcome).toBe(trouble.hasStruck ? "interrupted" : "done")
      if (kind === "fails once" && trouble.hasStruck) await finish(store, erase, gone)
      if (kind === "dies" && trouble.hasStruck) {
        await store.close()
        const next = new ContentStore(trouble.kept, on(trouble.kept))
        try {
          await checkWhole(next, secrets)
          await finish(next, erase, gone)
        } finally {
          await next.close()
        }
      }
      return trouble.passed
    } finally {
      await store[Symbol.asyncDispose]()
      rmSync(trouble.kept, { recursive: true, force: true })
    }
  }

  /** After a start, every payload that the log lacks is gone from all files, and no other. */
  const checkWhole = async (store: ContentStore, secrets: ReadonlyMap<number, ReadonlySet<string>>) => {
    expect(await store.isValid()).toBe(true)
    await store.run(Effect.andThen(applyRetention({}, Date.now()), sweepMedia(Date.now() + 60_000)))
    const events = await store.events
    const left = events.flatMap(({ position, text: words }) =>
      words === null ? [] : [...(secrets.get(position) ?? [])]
    )
    if (left.includes("q1")) left.push("FILE1")
    const inDatabase = name === "sqlite" ? "" : JSON.stringify(events)
    expect([...secretsIn(bytesIn(store.directory) + inDatabase)].toSorted()).toEqual(left.toSorted())
  }

  const finish = async (store: ContentStore, erase: Scenario["erase"], gone: readonly string[]) => {
    await erase(store)
    await store.run(sweepMedia(Date.now() + 60_000))
    expect(await store.isValid()).toBe(true)
    const models = await store.readModels()
    const everything = bytesIn(store.directory) + JSON.stringify([await store.events, await store.followed, models])
    expect(gone.filter((words) => everything.includes(words))).toEqual([])
    await store.rebuild()
    expect(await store.readModels()).toEqual(models)
  }

  describe.each(["dies", "fails once"] as const)("that %s", (kind) => {
    it.each(scenarios)(
      "[LOG-8] $name erases each event wholly or not at all at any point, and a second request does the rest",
      async (scenario) => {
        const points = await run(scenario, kind, Number.POSITIVE_INFINITY)
        expect(points).toBeGreaterThan(10)
        const first = every === 1 ? 1 : 1 + (Math.floor(Date.now() / 86_400_000) % every)
        for (let point = first; point <= points; point += every) {
          try {
            await run(scenario, kind, point)
          } catch (failure) {
            throw new Error(`point ${point} of ${points}: ${(failure as Error).message}`, { cause: failure })
          }
        }
      },
      times(60_000, 600_000)
    )
  })
})
