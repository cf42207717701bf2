import { existsSync } from "node:fs"
import { Effect } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { EventToAppend } from "../../src/store/log/chain-events.ts"
import { fileNameOf } from "../../src/events/content.ts"
import { claimCommand } from "../../src/store/command-log.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { Database } from "../../src/store/database.ts"
import { sweepMedia } from "../../src/store/media/media-references.ts"
import { Messages } from "../../src/store/messages.ts"
import { applyRetention } from "../../src/store/erasure/retention.ts"
import {
  ANA,
  ANA_LID,
  BEA,
  ContentStore,
  DEVICE,
  GROUP,
  SHA,
  about,
  arrivedFile,
  author,
  from,
  jid,
  media,
  queued,
  quoting,
  received,
  sent,
  text
} from "../support/content-store.ts"
import { dialects, sqliteIn } from "../support/dialects.ts"
import { filesWith } from "../support/files-with.ts"
import { times } from "../support/soak.ts"

describe.each(dialects)("erasure on $name", ({ name, create }) => {
  const open = () => ContentStore.open(name === "sqlite" ? async (directory) => sqliteIn(directory) : create)

  it("[LOG-8] takes a message's payload and salt, records who requested it and why, and leaves both chains valid", async () => {
    await using store = await open()
    await store.messages(received("m1", ANA, text("secreto")), received("m2", ANA, text("otro")))
    await store.messages(about("message.edited", "m3", "m1", ANA, { content: text("secreto corregido") }))
    await store.erase("m1", "the contact asked for it")
    const events = await store.events
    expect(events.map(({ text: payload }) => payload === null)).toEqual([false, true, false, true, false])
    expect(events.at(-1)).toMatchObject({ type: "content.erased", who: "operator", stream: `erasures/${DEVICE}` })
    expect(JSON.parse(events.at(-1)?.text ?? "")).toEqual({
      messages: ["m1"],
      positions: [2, 4],
      receipts: [],
      reason: "the contact asked for it"
    })
    const salts = await store.run(
      Effect.flatMap(Database, ({ query }) =>
        query((db) => db.selectFrom("event_payload").select("position").where("salt", "is", null).execute())
      )
    )
    expect(salts.map(({ position }) => position)).toEqual([2, 4])
    expect(await store.isValid()).toBe(true)
    const { length } = events
    await store.erase("m1")
    expect((await store.events).length).toBe(length)
  })

  it("[LOG-8] takes edits that came before their message, in the history or after a resend request", async () => {
    await using store = await open()
    await store.messages(about("message.edited", "m2", "m1", ANA, { content: text("secreto corregido") }))
    await store.messages(about("message.edited", "m3", "m10", ANA, { content: text("de otro") }))
    await store.messages(received("m1", ANA, text("secreto")))
    await store.erase("m1")
    expect((await store.events).map(({ text: payload }) => payload === null)).toEqual([false, true, false, true, false])
    expect(await store.isValid()).toBe(true)
  })

  it("[LOG-8] takes the idempotency key with the message: the key's row has a hash of the content", async () => {
    await using store = await open()
    await store.messages(queued("m1", ANA, text("secreto")), sent("m1"), queued("m2", BEA, text("otro")), sent("m2"))
    const keyOf = (subject: string) =>
      claimCommand({ scope: "usr_1", key: subject, fingerprint: new Uint8Array(32), until: "expiry" }, subject, 1)
    await store.run(Effect.flatMap(EventLog, (log) => log.commit({ statements: [keyOf("m1"), keyOf("m2")] })))
    await store.erase("m1")
    const kept = Effect.flatMap(Database, ({ query }) =>
      query((db) => db.selectFrom("command_log").select("subject").execute())
    )
    expect(await store.run(kept)).toEqual([{ subject: "m2" }])
  })

  it("[LOG-8] takes a file with the last message that refers to it", async () => {
    await using store = await open()
    const shared = store.file(SHA("a"), "shared")
    const own = store.file(fileNameOf(arrivedFile(SHA("b"))) ?? "", "own")
    await store.messages(queued("m1", ANA, media(SHA("a"))), sent("m1"), queued("m2", BEA, media(SHA("a"))), sent("m2"))
    await store.messages(received("m3", ANA, arrivedFile(SHA("b"))))
    await store.erase("m1")
    expect(existsSync(shared)).toBe(true)
    await store.erase("m3")
    expect(existsSync(own)).toBe(false)
    await store.erase("m2")
    expect(existsSync(shared)).toBe(false)
  })

  it("[LOG-8] removes what an interrupted erasure took from memory as well", async () => {
    const store = { goesAway: false, isAway: false }
    await using content = await ContentStore.open(
      name === "sqlite" ? async (directory) => sqliteIn(directory) : create,
      (_directory, isCommitted) => {
        if (store.isAway) throw new Error("away")
        store.isAway = store.goesAway && isCommitted
      }
    )
    const many = Array.from({ length: 120 }, (_, i) => received(`m${i}`, ANA, text("secreto")))
    await content.messages(...many)
    store.goesAway = true
    await expect(content.eraseContact(ANA)).rejects.toThrow("away")
    Object.assign(store, { goesAway: false, isAway: false })
    const texts = (events: readonly { readonly text: string | null }[]) => events.map(({ text: words }) => words)
    const stored = texts(await content.events)
    expect(stored.filter((words) => words === null).length).toBeGreaterThan(0)
    expect(texts(await content.followed)).toEqual(stored)
  })

  it("[LOG-8] leaves a message that is still being sent, and reports it", async () => {
    await using store = await open()
    await store.messages(queued("m1", ANA, text("en camino")))
    expect(await store.eraseContact(ANA)).toEqual({ events: 0, underWay: 1 })
    await store.messages(sent("m1"))
    expect(await store.eraseContact(ANA)).toEqual({ events: 1, underWay: 0 })
  })

  it("counts no event that it did not take, as those of an unknown device", async () => {
    await using store = await open()
    await store.messages(received("m1", ANA, text("secreto")))
    const statements = [{ sql: "DELETE FROM device", parameters: [] }]
    await store.run(Effect.flatMap(EventLog, (log) => log.commit({ appends: [], statements })))
    expect(await store.eraseContact(ANA)).toEqual({ events: 0, underWay: 0 })
  })

  it("[LOG-8] takes everything of a contact, under the number and the LID, and nothing of other contacts", async () => {
    await using store = await open()
    const inGroup = received("g1", ANA, text("en el grupo"), GROUP)
    const byLid = (messageId: string): EventToAppend => ({
      type: "message.received",
      data: { messageId, ...from(ANA, ANA_LID), sender: ANA_LID, content: text("por LID") }
    })
    const both = received("m1", ANA, text("con ambos"))
    const twoNames = { ...both, data: { ...(both.data as object), chatAlt: ANA_LID, senderAlt: ANA_LID } }
    const readInGroup = (messageId: string, number: string): EventToAppend => ({
      type: "message.read",
      data: { messageId, at: 5, participant: jid(number) }
    })
    await store.messages(byLid("m0"), twoNames, byLid("m2"), inGroup, received("b1", BEA, text("de Bea")))
    await store.messages(
      queued("q1", ANA, text("para Ana")),
      sent("q1"),
      queued("q2", BEA, text("para Bea")),
      sent("q2")
    )
    await store.messages(queued("q3", GROUP, text("para todos"), GROUP), sent("q3"), readInGroup("q3", ANA))
    await store.messages({
      type: "history.synced",
      data: {
        progress: null,
        messages: [
          { messageId: "h1", ...from(ANA), content: text("vieja de Ana") },
          { messageId: "h2", ...from(BEA), content: text("vieja de Bea") }
        ]
      }
    })
    const status = async () =>
      store.run(Effect.flatMap(Messages, (messages) => Effect.map(messages.byId("q3", "all"), (rows) => rows[0])))
    const before = await status()
    expect((await store.eraseContact(ANA)).events).toBe(7)
    const left = (await store.events).map(({ text: payload }) => payload ?? "").join("\n")
    expect(left).not.toContain(ANA)
    expect(left).not.toContain(ANA_LID)
    for (const words of ["de Bea", "para Bea", "para todos"]) expect(left).toContain(words)
    expect(JSON.stringify(await store.readModels())).not.toContain(ANA)
    expect(await status()).toEqual(before)
    expect(await store.isValid()).toBe(true)
    expect(await store.eraseContact(ANA)).toEqual({ events: 0, underWay: 0 })
  })

  it(
    "[LOG-5] [LOG-8] read models rebuilt after any erasures are the same",
    async () => {
      // The last one arrives late or never.
      const messageIds = ["m1", "m2", "m3", "m4", "q1", "q2", "q3", "late"]
      const id = fc.constantFrom(...messageIds)
      const number = fc.constantFrom(ANA, BEA)
      const chat = fc.constantFrom(undefined, GROUP)
      const stepsMax = 14
      const ownId = fc.nat(stepsMax - 1).map((count) => `x${count}`)
      const step = fc.oneof(
        fc.record({ do: fc.constant("edit" as const), id, number, chat, fromMe: fc.boolean() }),
        fc.record({ do: fc.constant("revoke" as const), id, number, chat, fromMe: fc.boolean() }),
        fc.record({ do: fc.constant("arrive" as const) }),
        fc.record({ do: fc.constant("react" as const), id, number }),
        fc.record({ do: fc.constant("vote" as const), id, number, of: number }),
        fc.record({ do: fc.constant("quote" as const), id, number, of: number, chat }),
        fc.record({ do: fc.constant("resend" as const), id, number, chat }),
        fc.record({ do: fc.constant("admin revoke" as const), id, number, of: number, fromMe: fc.boolean() }),
        fc.record({
          do: fc.constant("receipt" as const),
          id,
          number,
          of: fc.constantFrom("delivered", "read", "played")
        }),
        fc.record({ do: fc.constant("erase" as const), id: fc.oneof(id, ownId) }),
        fc.record({ do: fc.constant("erase contact" as const), number }),
        fc.record({ do: fc.constant("expire" as const), days: fc.constantFrom(0, 1) })
      )
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: stepsMax }), async (steps) => {
          await using store = await open()
          await store.messages(
            received("m1", ANA, text("uno")),
            received("m2", BEA, arrivedFile(SHA("c")), GROUP),
            received("m4", ANA, text("cuatro"), GROUP),
            queued("q1", ANA, text("dos")),
            sent("q1"),
            queued("q2", GROUP, media(SHA("d")), GROUP),
            queued("q3", BEA, text("¿hola?")),
            { type: "message.failed", data: { messageId: "q3", code: "463", text: "refused", cause: "no_token" } },
            {
              type: "history.synced",
              data: { progress: 3, messages: [{ messageId: "m3", ...from(BEA), content: text("tres") }] }
            }
          )
          let next = 0
          const seen = new Set<string>()
          for (const each of steps) {
            const own = `x${next++}`
            if (each.do === "edit") {
              const more = { ...from(each.number, each.chat), fromMe: each.fromMe, content: text("otra") }
              await store.messages(about("message.edited", own, each.id, each.number, more))
            } else if (each.do === "revoke") {
              const more = { ...from(each.number, each.chat), fromMe: each.fromMe }
              await store.messages(about("message.revoked", own, each.id, each.number, more))
            } else if (each.do === "arrive") {
              const known = Effect.flatMap(Messages, ({ received: seen, erased }) =>
                Effect.zipWith(seen(1, ["late"]), erased(1, ["late"]), (here, gone) => here.seen.size + gone.size > 0)
              )
              if (!(await store.run(known))) await store.messages(received("late", ANA, text("tarde")))
            } else if (each.do === "react") {
              const more = { emoji: "👍" }
              await store.messages(about("message.reacted", own, each.id, each.number, more))
            } else if (each.do === "vote") {
              const options = [{ hash: "ab", name: "Pollo" }]
              const more = { ...from(each.number, GROUP), author: author(each.of), options }
              await store.messages(about("message.voted", own, each.id, each.number, more))
            } else if (each.do === "quote") {
              const { data } = received(own, each.number, text("respuesta"), each.chat)
              const context = quoting(each.id, each.of)
              await store.messages({ type: "message.received", data: { ...(data as object), context } })
            } else if (each.do === "resend") {
              const more = { ...from(each.number, each.chat), content: arrivedFile(SHA("e")) }
              await store.messages(about("message.resent", each.id, each.id, each.number, more))
            } else if (each.do === "admin revoke") {
              const more = { ...from(each.number, GROUP), author: author(each.of, each.fromMe), byAdmin: true }
              await store.messages(about("message.revoked", own, each.id, each.number, more))
            } else if (each.do === "receipt") {
              // The actor records each participant's receipt once.
              const key = JSON.stringify(each)
              if (seen.has(key)) continue
              seen.add(key)
              const data = { messageId: each.id, at: null, participant: jid(each.number) }
              await store.messages({ type: `message.${each.of}`, data })
            } else if (each.do === "erase") await store.erase(each.id)
            else if (each.do === "erase contact") await store.eraseContact(each.number)
            else
              await store.run(
                applyRetention({ "message.received": each.days, "message.edited": each.days }, Date.now())
              )
          }
          const before = await store.readModels()
          await store.rebuild()
          expect(await store.readModels()).toEqual(before)
          expect(await store.isValid()).toBe(true)
        }),
        {
          // Only a receipt took a message out of the outbox: without the receipt the message waited again.
          examples: [
            [
              [
                { do: "receipt", id: "q2", number: BEA, of: "delivered" },
                { do: "erase contact", number: BEA },
                { do: "erase", id: "m1" }
              ]
            ],
            // The first receipt, now erased, gave the read time, and the remaining one came later.
            [
              [
                { do: "receipt", id: "q2", number: ANA, of: "read" },
                { do: "receipt", id: "q2", number: BEA, of: "read" },
                { do: "erase contact", number: ANA }
              ]
            ],
            // A mark on another contact's message went with an edit that only claimed to be of it.
            [
              [
                { do: "edit", id: "m4", number: ANA, chat: GROUP, fromMe: false },
                { do: "edit", id: "m4", number: BEA, chat: GROUP, fromMe: false },
                { do: "erase contact", number: BEA }
              ]
            ],
            // The mark went with the last edit, although the edit before it remained.
            [
              [
                { do: "edit", id: "m1", number: ANA, chat: undefined, fromMe: false },
                { do: "edit", id: "m1", number: ANA, chat: undefined, fromMe: false },
                { do: "erase", id: "x1" }
              ]
            ],
            // An edit that came before its message set no mark, and its mark appeared once the later edit was erased.
            [
              [
                { do: "edit", id: "late", number: ANA, chat: undefined, fromMe: false },
                { do: "arrive" },
                { do: "edit", id: "late", number: ANA, chat: undefined, fromMe: false },
                { do: "erase", id: "x2" }
              ]
            ]
          ],
          numRuns: name === "sqlite" ? times(8, 300) : times(2, 40)
        }
      )
    },
    times(60_000, 600_000)
  )

  it("[LOG-8] retention erases old events by type and in batches, and leaves both chains valid", async () => {
    await using store = await open()
    const old = Array.from({ length: 450 }, (_, i) => received(`m${i}`, ANA, text(`viejo ${i}`)))
    await store.messages(...old.slice(0, 200))
    await store.messages(...old.slice(200), queued("q1", BEA, text("queda")))
    const forAWeek = { "message.received": 7 * 86_400_000 }
    expect(await store.run(applyRetention(forAWeek, Date.now()))).toBe(0)
    expect(await store.run(applyRetention({ "message.received": -1 }, Date.now()))).toBe(450)
    expect(await store.run(applyRetention({ "message.received": -1 }, Date.now()))).toBe(0)
    const events = await store.events
    expect(events.filter(({ text: payload }) => payload === null)).toHaveLength(450)
    const expired = events
      .filter(({ type }) => type === "payloads.expired")
      .map((event) => JSON.parse(event.text ?? ""))
    expect(expired.map(({ after, upTo }) => [after, upTo])).toEqual([
      [0, 201],
      [201, 401],
      [401, 451]
    ])
    expect(await store.isValid()).toBe(true)
    const before = await store.readModels()
    await store.rebuild()
    expect(await store.readModels()).toEqual(before)
  })
})

describe("an erased text is in no file", () => {
  it("[LOG-8] of the data directory: database, write-ahead log, freed pages, media", async () => {
    await using store = await ContentStore.open(async (directory) => sqliteIn(directory))
    const long = (words: string) => `${words} ${"relleno ".repeat(2_000)}${words}`
    for (let i = 0; i < 40; i++) {
      await store.messages(
        received(`a${i}`, ANA, text(i % 3 === 0 ? long(`SECRETO-${i}`) : `SECRETO-${i}`)),
        received(`b${i}`, BEA, text(`publico-${i}`)),
        about("message.reacted", `r${i}`, `b${i}`, ANA, { emoji: "SECRETO" })
      )
    }
    store.file(SHA("e"), "SECRETO en un fichero")
    await store.messages(queued("q1", ANA, { ...media(SHA("e")), caption: "SECRETO" }), sent("q1"))
    expect(filesWith(store.directory, "SECRETO").length).toBeGreaterThan(1)
    await store.eraseContact(ANA)
    expect(filesWith(store.directory, "SECRETO")).toEqual([])
    expect(filesWith(store.directory, ANA)).toEqual([])
    expect(filesWith(store.directory, "publico-39")).not.toEqual([])
    expect(await store.isValid()).toBe(true)
  })

  it("[LOG-8] even where a file arrived for a message that was never recorded", async () => {
    await using store = await ContentStore.open(async (directory) => sqliteIn(directory))
    const orphan = store.file(SHA("f"), "huérfano")
    const wanted = store.file(SHA("1"), "referido")
    await store.messages(queued("q1", ANA, media(SHA("1"))))
    await store.run(sweepMedia(Date.now() - 60_000))
    expect(existsSync(orphan)).toBe(true)
    await store.run(sweepMedia(Date.now() + 60_000))
    expect([existsSync(orphan), existsSync(wanted)]).toEqual([false, true])
  })
})
