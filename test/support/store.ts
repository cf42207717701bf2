/** A store on a new SQLite file in a temporary directory, for one test file or one test. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Effect, Layer, ManagedRuntime } from "effect"
import type { Origin } from "../../src/events/envelope.ts"
import type { Append, EventToAppend } from "../../src/store/chain-events.ts"
import { Database } from "../../src/store/database.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { EventLog, type EventLogShape } from "../../src/store/event-log.ts"

export const origin: Origin = { who: "test", commandId: null, causation: null, correlation: null }

export interface TestStore extends AsyncDisposable {
  readonly directory: string
  readonly file: string
  readonly run: <A, E>(effect: Effect.Effect<A, E, EventLog | Database>) => Promise<A>
  readonly log: EventLogShape
  /** Closes and opens again on the same files. */
  readonly reopen: () => Promise<TestStore>
}

export const openTestStore = async (directory = mkdtempSync(join(tmpdir(), "bitacora-"))): Promise<TestStore> => {
  const file = join(directory, "bitacora.db")
  const runtime = ManagedRuntime.make(EventLog.layer().pipe(Layer.provideMerge(Database.layer(() => openSqlite(file)))))
  const log = await runtime.runPromise(EventLog)
  return {
    directory,
    file,
    log,
    run: (effect) => runtime.runPromise(effect),
    reopen: async () => {
      await runtime.dispose()
      return openTestStore(directory)
    },
    [Symbol.asyncDispose]: async () => {
      await runtime.dispose()
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

/** A message that was received: an event that fits any stream in a store test. */
export const received = (messageId: string, text = "hola"): EventToAppend => ({
  type: "message.received",
  data: {
    messageId,
    chat: "51999999999@s.whatsapp.net",
    chatAlt: null,
    sender: "51999999999@s.whatsapp.net",
    senderAlt: null,
    fromMe: false,
    pushName: null,
    sentAt: 1_790_000_000_000,
    offline: false,
    content: { kind: "text", text }
  }
})

export const appendTo = (
  stream: string,
  expected: Append["expected"],
  events: readonly EventToAppend[],
  device: number | null = 1
): Append => ({ stream, device, expected, events, origin })
