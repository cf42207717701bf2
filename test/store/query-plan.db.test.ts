import { Effect } from "effect"
import { sql } from "kysely"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hoursQuery } from "../../src/store/activity.ts"
import { exchangeQuery, itemsQuery, runningQuery, turnsQuery } from "../../src/store/bulk/bulk-sends.ts"
import { claimCommand } from "../../src/store/command-log.ts"
import { Database } from "../../src/store/database.ts"
import type { Statement } from "../../src/store/dialect/dialect.ts"
import { erasePayload, waitingQuery } from "../../src/store/erasure/erasure.ts"
import { nextDeviceQuery, subjectQuery } from "../../src/store/erasure/subject-index.ts"
import type { EventToAppend } from "../../src/store/log/chain-events.ts"
import {
  chatFactsQuery,
  chatPageQuery,
  exchangedQuery,
  messagePageQuery,
  newestQuery,
  receivedPageQuery,
  pinFactsQuery
} from "../../src/store/roster/chats.ts"
import { contactPageQuery, factsQuery, keysOfNumbersQuery, numberQuery } from "../../src/store/roster/contacts.ts"
import { deedsQuery } from "../../src/store/roster/deeds.ts"
import { groupFactsQuery, groupPageQuery, membershipsQuery, membersQuery } from "../../src/store/roster/groups.ts"
import { assignedQuery } from "../../src/store/roster/labels.ts"
import { ownerMarksQuery } from "../../src/store/roster/marks.ts"
import { marksQuery, receivedQuery, statesQuery } from "../../src/store/roster/messages.ts"
import { type TextPage, textsQuery } from "../../src/store/roster/search.ts"
import { newestPageQuery, pageQuery, positionsQuery } from "../../src/store/log/event-log-queries.ts"
import { deleteFrom, insertInto } from "../../src/store/projections/projection.ts"
import type { ErasableEvent } from "../../src/store/projections/registry.ts"
import { refusalsQuery, timesQuery } from "../../src/store/refusals.ts"
import { asDelivery, packsBefore, packsUpTo, writeDelivered } from "../../src/store/webhook/delivered.ts"
import { eventsAt, rowsAt, writeDeliveries } from "../../src/store/webhook/deliveries.ts"
import { nextWithPacks, nextWithRows } from "../../src/store/webhook/purge-deliveries.ts"
import { WebhookId } from "../../src/events/ids.ts"
import { changesQuery } from "../../src/store/state-changes.ts"
import { dialects } from "../support/dialects.ts"
import { recorded, samples } from "../support/erasable-samples.ts"
import { appendTo, openTestStore, received, type TestStore } from "../support/store.ts"

type Reader = Database["Service"]["dialect"]["reader"]

interface Query {
  compile(): { sql: string; parameters: readonly unknown[] }
}

interface Step {
  /** SQLite: a sentence. */
  readonly detail?: string
  readonly key?: string
  readonly type?: string
  readonly Extra?: string
}

/** A bulk send of which half has had its turn. */
const bulkSend = (n: number): readonly Statement[] => [
  insertInto("bulk_send", {
    bulk_id: `blk_${n}`,
    device: n % 20,
    state: n % 3 === 0 ? "running" : "finished",
    pacing: "{}",
    who: "usr_1",
    starts_at: n,
    created_at: n,
    resumed_at: n
  }),
  ...Array.from({ length: 10 }, (_, seq) =>
    insertInto("bulk_item", {
      bulk_id: `blk_${n}`,
      seq,
      device: n % 20,
      recipient: "51999999999",
      message_id: `b${n}-${seq}`,
      status: seq < 5 ? "accepted" : "waiting",
      begins_chat: seq % 2,
      at: seq < 5 ? n + seq : null
    })
  )
]

describe.each(dialects)("on $name", (dialect) => {
  let store: TestStore

  beforeAll(async () => {
    store = await openTestStore(dialect)
    // A server reads a table of a few rows in full.
    const writes = Array.from({ length: 100 }, (_, i) =>
      store.log.commit({
        appends: [
          appendTo(
            `messages/${i}`,
            "new",
            Array.from({ length: 10 }, (_, n) => received(`m${i}-${n}`)),
            i % 20
          ),
          appendTo(`messages/${i}`, "any", sampled(i), i % 20)
        ],
        statements: [
          claimCommand(
            { scope: "usr_1", key: `k${i}`, fingerprint: new Uint8Array(32), until: "expiry" as const },
            `m${i}`,
            i
          )
        ]
      })
    )
    for (let n = 0; n < 20; n++) {
      const statements = [
        ...writeDelivered(webhookOf(n), attempts(1)),
        ...writeDeliveries(webhookOf(n), attempts(20).map(asDelivery))
      ]
      await Effect.runPromise(store.log.commit({ statements }))
    }
    for (let n = 0; n < 200; n++) await Effect.runPromise(store.log.commit({ statements: bulkSend(n) }))
    await Effect.runPromise(Effect.all(writes, { concurrency: "unbounded", discard: true }))
    if (dialect.name === "mysql") {
      const { dialect: open } = await store.run(Database)
      const tables =
        "event_log, event_payload, message, message_receipt, message_mark, message_text, event_subject, media_reference, outbox, webhook_delivered, webhook_delivery, webhook_answer"
      const roster =
        "roster_contact, roster_chat, roster_chat_fact, roster_message, roster_group, roster_member, roster_labelled, roster_mark"
      await sql
        .raw(`ANALYZE TABLE ${tables}, ${roster}, bulk_send, bulk_item, command_log, auth_state`)
        .execute(open.reader)
    }
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
  })

  /** The database's plan, one step per line. */
  const planOf = async (build: (db: Reader) => Query) => {
    const { dialect: open } = await store.run(Database)
    const { sql: text, parameters } = build(open.reader).compile()
    const inlined = parameters.reduce<string>(
      (query, value) => query.replace("?", typeof value === "number" ? String(value) : `'${String(value)}'`),
      text
    )
    const explain = open.name === "sqlite" ? "EXPLAIN QUERY PLAN" : "EXPLAIN"
    const { rows } = await sql<Step>`${sql.raw(`${explain} ${inlined}`)}`.execute(open.reader)
    return rows.map((row) => row.detail ?? `${row.type} ${row.key} ${row.Extra}`).join("\n")
  }

  const inFull = /^ALL|^index |\bSCAN\b/m

  /** Neither a sort nor a full scan. */
  const isNarrow = (plan: string) => !/TEMP B-TREE|filesort|temporary|^ALL/m.test(plan)
  const asQuery = ({ sql: text, parameters }: Statement): Query => ({ compile: () => ({ sql: text, parameters }) })
  /** A server may look up a key while it plans, and report at once that there is no such row. */
  const isNowhere = (plan: string) => dialect.name === "mysql" && /Impossible WHERE|no matching row/.test(plan)

  describe("a page of the log reads along an index and sorts nothing", () => {
    it.each([
      ["of everything", { after: 0, limit: 100 }, { sqlite: "INTEGER PRIMARY KEY", mysql: "PRIMARY" }],
      ["of one device", { after: 0, limit: 100, devices: [1] }, "event_log_device_position"],
      ["of one type", { after: 0, limit: 100, types: ["device.paired"] }, "event_log_type_position"]
    ])("%s", async (_name, request, index) => {
      const plan = await planOf((db) => pageQuery(db, request))
      expect(plan).toContain(typeof index === "string" ? index : index[dialect.name])
      expect(isNarrow(plan), plan).toBe(true)
    })

    it("of one device, the newest first", async () => {
      const request = { device: 1, before: 500, after: 0, types: undefined, limit: 100 }
      const plan = await planOf((db) => newestPageQuery(db, request))
      expect(plan).toContain("event_log_device_position")
      expect(isNarrow(plan), plan).toBe(true)
    })

    it("of the changes of a device's state", async () => {
      const plan = await planOf((db) => changesQuery(db, "messages/7", { to: Number.MAX_SAFE_INTEGER, limit: 100 }))
      expect(plan).toContain("event_log_stream_version")
      expect(isNarrow(plan), plan).toBe(true)
    })

    it("of one stream", async () => {
      const plan = await planOf((db) =>
        db
          .selectFrom("event_log")
          .selectAll()
          .where("stream", "=", "messages/7")
          .where("version", ">", 3)
          .orderBy("version")
          .limit(10)
      )
      expect(plan).toContain("event_log_stream_version")
      expect(isNarrow(plan), plan).toBe(true)
    })
  })

  describe("rows are found by their keys", () => {
    const primary = (table: string) => (dialect.name === "sqlite" ? `sqlite_autoindex_${table}_1` : "PRIMARY")

    it.each([
      ["message by id", "SELECT * FROM message WHERE message_id = 'm7-1'", "message_message_id"],
      [
        "message of a device",
        "SELECT * FROM message WHERE device = 7 AND message_id = 'm7-1' AND from_me = 0",
        primary("message")
      ],
      ["outbox of a device", "SELECT * FROM outbox WHERE device = 1 ORDER BY position", "outbox_device_position"],
      ["device of an owner", "SELECT * FROM device WHERE owner = 1 AND number = '5'", "device_owner_number"],
      ["token", "SELECT * FROM access_token WHERE token_hash = x'00'", "access_token_token_hash"],
      [
        "Signal key",
        "SELECT * FROM auth_state WHERE device = 1 AND category = 'session' AND key_id = 'x'",
        primary("auth_state")
      ]
    ])("%s", async (_name, query, index) => {
      const plan = await planOf(() => ({ compile: () => ({ sql: query, parameters: [] }) }))
      if (isNowhere(plan)) return
      expect(plan).toContain(index)
      expect(isNarrow(plan), plan).toBe(true)
    })
  })

  it.each<[string, (db: Reader) => Query]>([
    ["the refusals of a device, newest first", (db) => refusalsQuery(db, 7, 5, 20)],
    ["when they were", (db) => timesQuery(db, 7, 5)]
  ])("%s", async (_name, build) => {
    const plan = await planOf(build)
    if (isNowhere(plan)) return
    expect(plan).toContain("message_refusal_device_time")
    expect(isNarrow(plan) && !inFull.test(plan), plan).toBe(true)
  })

  it.each<[string, (db: Reader) => Query]>([
    ["packs before a position", (db) => packsBefore(db, webhookOf(7), 900, 10)],
    ["packs up to a position", (db) => packsUpTo(db, webhookOf(7), 900, 20)],
    ["rows at positions", (db) => rowsAt(db, webhookOf(7), [5, 7, 90])],
    ["events at positions, with their answers", (db) => eventsAt(db, webhookOf(7), [5, 7, 90])],
    ["the next webhook with packs", (db) => nextWithPacks(db, webhookOf(7))],
    ["the next webhook with rows", (db) => nextWithRows(db, webhookOf(7))],
    ["rows that a pack replaces", () => asQuery(writeDelivered(webhookOf(7), attempts(7))[0] as Statement)]
  ])("deliveries of a webhook: %s", async (_name, build) => {
    const plan = await planOf(build)
    if (isNowhere(plan)) return
    expect(plan).toMatch(/PRIMARY/)
    expect(isNarrow(plan) && !inFull.test(plan), plan).toBe(true)
  })

  it("messages of a device by hour read an index alone", async () => {
    const plan = await planOf((db) => hoursQuery(db, 7, 0, 1))
    expect(plan).toContain("roster_message_received")
    expect(plan).toMatch(dialect.name === "sqlite" ? /USING COVERING INDEX/ : /Using index/)
    expect(inFull.test(plan), plan).toBe(false)
  })

  const [one, other] = ["777000111222333@lid", "51900000001@s.whatsapp.net"]

  describe("a list of an account reads along an index, however much the account knows", () => {
    const chats = { after: { activeAt: 5, key: one }, limit: 50 }
    const messages = { before: { sentAt: 5, position: 9, place: 0 }, limit: 50 }
    /** The step that reads the one row of a subquery. */
    const ofOneRow = { sqlite: /^.*SCAN newest.*$/gm, mysql: /^ALL null *$/gm }
    it.each<[string, (db: Reader) => Query, { sqlite: RegExp; mysql: RegExp }?]>([
      ["chats", (db) => chatPageQuery(db, 7, 1, chats)],
      ["chats with unread messages", (db) => chatPageQuery(db, 7, 1, { ...chats, isUnread: true, activeSince: 3 })],
      ["chats that are pinned", (db) => chatPageQuery(db, 7, 1, { ...chats, isPinned: true }, [one, other])],
      ["chats that are not pinned", (db) => chatPageQuery(db, 7, 1, { ...chats, isPinned: false }, [one, other])],
      ["facts about pins", (db) => pinFactsQuery(db, 7)],
      ["facts about chats", (db) => chatFactsQuery(db, 7, [one, other])],
      ["messages of a chat", (db) => messagePageQuery(db, 7, one, messages)],
      ["received messages of a chat", (db) => messagePageQuery(db, 7, one, { ...messages, isReceived: true })],
      ["received messages of all chats", (db) => receivedPageQuery(db, 7, messages)],
      ["a received message by id", (db) => receivedQuery(db, 7, "m7-1")],
      ["the newest message of each chat", (db) => newestQuery(db, 7, [one, other]), ofOneRow],
      ["the oldest message that was exchanged in a chat", (db) => exchangedQuery(db, 7, one)],
      ["what became of messages", (db) => statesQuery(db, 7, ["m7-1", "m8-1"])],
      ["edits of messages", (db) => marksQuery(db, 7, ["m7-1", "m8-1"])],
      ["stars of messages, and own deletions", (db) => ownerMarksQuery(db, 7, ["m7-1", "m8-1"])],
      ["reactions to messages, and votes", (db) => deedsQuery(db, 7, [{ message_id: "m7-1" }, { message_id: "m8-1" }])],
      ["contacts", (db) => contactPageQuery(db, 7, one, 50)],
      ["facts about contacts", (db) => factsQuery(db, 7, [one, other])],
      ["a contact by number", (db) => numberQuery(db, 7, "51900000001")],
      ["contacts by numbers", (db) => keysOfNumbersQuery(db, 7, ["51900000001", "51900000002"])],
      ["groups", (db) => groupPageQuery(db, 7, "1@g.us", 50)],
      ["facts about groups", (db) => groupFactsQuery(db, 7, ["1@g.us", "2@g.us"])],
      ["members of groups", (db) => membersQuery(db, 7, ["1@g.us", "2@g.us"])],
      ["groups of a member", (db) => membershipsQuery(db, 7, [one, other])],
      ["labels of chats", (db) => assignedQuery(db, 7, [one, other])]
    ])("%s", async (_name, build, inMemory) => {
      const plan = await planOf(build)
      if (isNowhere(plan)) return
      const read = inMemory === undefined ? plan : plan.replaceAll(inMemory[dialect.name], "")
      expect(inFull.test(read), plan).toBe(false)
    })
  })

  describe("bulk sends are read along indexes", () => {
    const waiting = (db: Reader) => itemsQuery(db, "blk_7", "waiting").limit(1)
    it.each<[string, (db: Reader) => Query]>([
      ["those of a device that run", (db) => runningQuery(db, 7)],
      ["the next message", waiting],
      ["a page of messages", (db) => itemsQuery(db, "blk_7", undefined).where("seq", ">", 5).limit(10)],
      ["whether a chat has begun", (db) => exchangeQuery(db, 7, "51999999999@s.whatsapp.net", 900)]
    ])("%s", async (_name, build) => {
      const plan = await planOf(build)
      if (!isNowhere(plan)) expect(inFull.test(plan), plan).toBe(false)
    })

    it("when the latest turn was", async () => {
      const plan = await planOf((db) => turnsQuery(db, 7))
      expect(plan).toContain("bulk_item_begun")
    })
  })

  describe("a search reads the index of words, and of SQLite's only as many rows as it gives", () => {
    const terms = [
      { words: ["w_hola"], isPrefix: false },
      { words: ["w_pe"], isPrefix: true },
      { words: ["w_el", "w_pedido"], isPrefix: false }
    ]
    const whole = { terms, chats: undefined, fromMe: undefined, since: undefined, until: undefined, before: undefined }
    const narrow = {
      chats: [one, other],
      fromMe: false,
      since: 3,
      until: 9,
      before: { sentAt: 5, position: 9, place: 0 }
    }
    it.each<[string, Partial<TextPage>]>([
      ["of all messages", {}],
      ["of one word", { terms: terms.slice(0, 1) }],
      ["of some chats, an author and a time, after a page", narrow]
    ])("%s", async (_name, more) => {
      const plan = await planOf((db) => textsQuery(dialect.name, db, 7, { ...whole, limit: 50, ...more }))
      if (isNowhere(plan)) return
      if (dialect.name === "mysql") expect(plan).toContain("fulltext message_text_words")
      else {
        // 192: in the order of its rows, downwards. `><`: between two of them.
        expect(plan).toMatch(/^SCAN found VIRTUAL TABLE INDEX 192:M\d+><$/m)
        expect(plan).toContain("SEARCH message_text USING INTEGER PRIMARY KEY (rowid=?)")
        expect(isNarrow(plan), plan).toBe(true)
      }
    })
  })

  describe("[LOG-8] an erasure reads along indexes", () => {
    it.each(Object.entries(samples))("when it forgets a %s", async (type, data) => {
      const event = { type, data } as ErasableEvent
      for (const statement of erasePayload({ recorded: recorded(type), event })) {
        const plan = await planOf(() => asQuery(statement))
        expect(inFull.test(plan), `${statement.sql}\n${plan}`).toBe(false)
      }
    })

    const range = { subject: "51999999999@s.whatsapp.net", device: 7, after: 3, upTo: 900, limit: 10 }
    it.each<[string, (db: Reader) => Query, { sqlite: string; mysql: string }]>([
      ["the next device", (db) => nextDeviceQuery(db, range.subject, 3), { sqlite: "PRIMARY KEY", mysql: "PRIMARY" }],
      ["the events of a subject", (db) => subjectQuery(db, range), { sqlite: "PRIMARY KEY", mysql: "PRIMARY" }],
      ["events at positions", (db) => positionsQuery(db, [5, 7, 90]), { sqlite: "PRIMARY KEY", mysql: "PRIMARY" }],
      [
        "messages that are still being sent",
        (db) => waitingQuery(db, 7, [5, 7]),
        // A device has few of them: a server may read them all.
        { sqlite: "outbox_device_position", mysql: "outbox_device_position|ref PRIMARY" }
      ],
      [
        "idempotency keys",
        () => asQuery(deleteFrom("command_log", { subject: "m7" })),
        { sqlite: "command_log_subject", mysql: "command_log_subject" }
      ]
    ])("%s", async (_name, build, index) => {
      const plan = await planOf(build)
      if (isNowhere(plan)) return
      expect(plan).toMatch(new RegExp(index[dialect.name]))
      expect(isNarrow(plan) && !inFull.test(plan), plan).toBe(true)
    })
  })
})

const webhookOf = (n: number) => WebhookId.make(`whk_${String(n).padStart(26, "0")}`)
const attempts = (from: number) =>
  Array.from({ length: 10 }, (_, n) => ({
    position: from + n,
    attempt: { at: 1, status: 200, durationMs: 1, answer: "ok" }
  }))

/** Samples of each type that can be erased, of different messages. */
const sampled = (i: number): readonly EventToAppend[] =>
  Object.entries(samples).map(([type, data]) => ({
    type,
    data: JSON.parse(JSON.stringify(data).replaceAll(/"([a-z]1)"/g, `"$1-${i}"`))
  }))
