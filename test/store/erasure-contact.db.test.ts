/** Which events an erasure attributes to a contact. */
import { Effect } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readEvent } from "../../src/events/catalog.ts"
import { accountOf, peopleIn } from "../../src/events/people.ts"
import type { EventToAppend } from "../../src/store/log/chain-events.ts"
import { Database } from "../../src/store/database.ts"
import {
  about,
  ANA,
  ANA_LID,
  BEA,
  ContentStore,
  from,
  GROUP,
  jid,
  queued,
  received,
  sent,
  text
} from "../support/content-store.ts"
import { dialects, sqliteIn } from "../support/dialects.ts"
import { times } from "../support/soak.ts"

const STATUS = "status@broadcast"
const LIST = "1700000000@broadcast"
const NEWSLETTER = "120363111111111111@newsletter"

/** The event with more of its chat and sender fields. */
const as = (event: EventToAppend, more: object): EventToAppend => ({
  ...event,
  data: { ...(event.data as object), ...more }
})

describe.each(dialects)("erasing a contact on $name", ({ name, create }) => {
  const open = () => ContentStore.open(name === "sqlite" ? async (directory) => sqliteIn(directory) : create)
  const kept = async (store: ContentStore) =>
    (await store.events).flatMap(({ text: payload }) => /"text":"([^"]*)"/.exec(payload ?? "")?.[1] ?? [])

  it.each([
    ["status@broadcast", STATUS],
    ["a broadcast list", LIST],
    ["a group", GROUP],
    ["a newsletter", NEWSLETTER]
  ])(
    "[LOG-8] takes no other contact's messages to %s, whatever the alternative jid of the chat says",
    async (_name, place) => {
      await using store = await open()
      const posted = (id: string, number: string, words: string) =>
        as(received(id, number, text(words), place), { chatAlt: jid(number) })
      await store.messages(
        posted("s1", ANA, "de Ana"),
        posted("s2", BEA, "de Bea"),
        received("p1", BEA, text("contrato de Bea")),
        {
          type: "history.synced",
          data: {
            progress: 1,
            messages: [{ messageId: "h1", ...from(BEA, place), chatAlt: jid(BEA), content: text("vieja") }]
          }
        }
      )
      await store.messages(as(queued("q1", ANA, text("a todos"), place), { chatAlt: jid(BEA) }), sent("q1"))
      expect(await store.eraseContact(ANA)).toEqual({ events: 2, underWay: 0 })
      expect(await kept(store)).toEqual(["de Bea", "contrato de Bea", "vieja"])
      expect(await store.eraseContact(BEA)).toEqual({ events: 3, underWay: 0 })
      expect(await kept(store)).toEqual([])
    }
  )

  it("[LOG-8] does not mistake one number for another in the same event", async () => {
    await using store = await open()
    await store.messages(
      as(received("m1", ANA, text("de Ana")), { senderAlt: jid(BEA) }),
      received("m2", BEA, text("de Bea"))
    )
    expect(await store.eraseContact(ANA)).toEqual({ events: 1, underWay: 0 })
    expect(await kept(store)).toEqual(["de Bea"])
  })

  it("[LOG-8] takes no message id for a contact, even when it looks like one", async () => {
    await using store = await open()
    const reaction = (id: string, target: string) => about("message.reacted", id, target, BEA, { emoji: "👍" })
    await store.messages(reaction("r1", jid(ANA)), reaction(jid(ANA), "m1"), reaction("r2", `message:${jid(ANA)}`))
    await store.messages(received("m1", ANA, text("de Ana")))
    expect(await store.eraseContact(ANA)).toEqual({ events: 1, underWay: 0 })
    expect(await store.eraseContact(BEA)).toEqual({ events: 3, underWay: 0 })
  })

  it("[LOG-8] finds the contact under a device's jid, a hosted account and the old form of the jid", async () => {
    await using store = await open()
    const by = (id: string, sender: string) => as(received(id, ANA, text(id), GROUP), { sender })
    await store.messages(
      by("device", `${ANA}:12@s.whatsapp.net`),
      by("hosted", `${ANA}:99@hosted`),
      by("old", `${ANA}@c.us`),
      by("longer", `${ANA}0@s.whatsapp.net`)
    )
    expect(await store.eraseContact(ANA)).toEqual({ events: 3, underWay: 0 })
    expect(await kept(store)).toEqual(["longer"])
  })

  it("[LOG-8] finds the account that WhatsApp returned for the number, and everything its LID wrote", async () => {
    await using store = await open()
    const asked = "5551900000001"
    await store.messages(
      as(queued("q1", ANA, text("para Ana")), { number: asked, chatAlt: ANA_LID }),
      sent("q1"),
      as(received("g1", ANA, text("en el grupo"), GROUP), { sender: ANA_LID }),
      received("b1", BEA, text("de Bea"))
    )
    expect(await store.eraseContact(asked)).toEqual({ events: 2, underWay: 0 })
    expect(await kept(store)).toEqual(["de Bea"])
  })

  it(
    "[LOG-8] takes what a search of the whole log would find, and leaves no index entry",
    async () => {
      const numbers = [ANA, BEA, "51900000003"].map(jid)
      const lids = ["1@lid", "2@lid", "3@lid"]
      const places = [STATUS, LIST, GROUP, NEWSLETTER]
      const anyName = fc.constantFrom(...numbers, ...lids)
      const parties = fc.record({
        chat: fc.oneof(anyName, fc.constantFrom(...places)),
        chatAlt: fc.option(anyName),
        sender: anyName,
        senderAlt: fc.option(anyName)
      })
      const event = fc.oneof(
        parties.map((named) => ({ type: "message.received", named: [named] })),
        fc.array(parties, { maxLength: 3 }).map((named) => ({ type: "history.synced", named }))
      )
      await fc.assert(
        fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 12 }), async (events) => {
          await using store = await open()
          const message = (id: string, named: object) => ({ messageId: id, ...from(ANA), ...named, content: text(id) })
          const given = events.map(({ type, named }, i): EventToAppend => {
            if (type === "message.received") return { type, data: message(`m${i}`, named[0] ?? {}) }
            return { type, data: { progress: null, messages: named.map((each, n) => message(`h${i}-${n}`, each)) } }
          })
          await store.messages(...given)
          const stored = (await store.events).filter(
            ({ type }) => type.startsWith("message") || type.startsWith("hist")
          )
          const people = new Map(
            stored.map((each) => [each.position, peopleIn(readEvent(each) ?? { type: "", data: null })])
          )
          const his = new Set([accountOf(jid(ANA))])
          for (let before = 0; before !== his.size; ) {
            before = his.size
            for (const persons of people.values()) {
              for (const names of persons)
                if (names.some((each) => his.has(each))) for (const each of names) his.add(each)
            }
          }
          const expected = [...people].flatMap(([position, persons]) =>
            persons.flat().some((each) => his.has(each)) ? [position] : []
          )
          await store.eraseContact(ANA)
          const gone = (await store.events).flatMap(({ position, text: payload }) =>
            payload === null ? [position] : []
          )
          expect(gone).toEqual(expected)
          const rows = await store.run(
            Effect.flatMap(Database, ({ query }) =>
              query((db) => db.selectFrom("event_subject").select("subject").distinct().execute())
            )
          )
          expect(rows.filter(({ subject }) => his.has(subject))).toEqual([])
        }),
        { numRuns: name === "sqlite" ? times(12, 500) : times(2, 50) }
      )
    },
    times(60_000, 600_000)
  )
})
