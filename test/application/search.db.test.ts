/** Searches: what is found, in which order and in which pages; what is not found any more; and that both databases find the same. */
import { Effect } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Search, searchDevice, SKIP_MAX } from "../../src/application/search.ts"
import { rosterStream } from "../../src/events/streams.ts"
import type { EventToAppend } from "../../src/store/log/chain-events.ts"
import { Database } from "../../src/store/database.ts"
import { Roster } from "../../src/store/roster/roster.ts"
import { matches, termsOf } from "../../src/store/search/terms.ts"
import { wordsOf } from "../../src/store/search/words.ts"
import {
  about,
  ANA,
  ANA_LID,
  arrivedFile,
  author,
  BEA,
  ContentStore,
  DEVICE,
  from,
  GROUP,
  jid,
  queued,
  received,
  SHA,
  text
} from "../support/content-store.ts"
import { dialects, sqliteIn } from "../support/dialects.ts"
import { filesWith } from "../support/files-with.ts"
import { times } from "../support/soak.ts"

const MINUTE = 60_000
/** A message of this minute. */
const said = (id: string, minute: number, content: unknown, more: object = {}): EventToAppend => {
  const { data, ...event } = received(id, ANA, typeof content === "string" ? text(content) : content)
  return { ...event, data: { ...(data as object), ...more, sentAt: minute * MINUTE } }
}
const edit = (id: string, target: string, minute: number, content: unknown, more: object = {}) =>
  about("message.edited", id, target, ANA, { content, sentAt: minute * MINUTE, ...more })

describe.each(dialects)("a search on $name", ({ name, create }) => {
  const open = () => ContentStore.open(name === "sqlite" ? async (directory) => sqliteIn(directory) : create)
  const search = (store: ContentStore, query: string, more: Partial<Search> = {}) =>
    store.run(searchDevice({ deviceNumber: 1 }, { query, limit: 50, ...more }).pipe(Effect.provide(Roster.layer)))
  const find = async (store: ContentStore, query: string, more: Partial<Search> = {}) =>
    (await search(store, query, more)).messages.map(({ message }) => message.id)

  it("finds received, sent and older messages by their texts, captions and names, whatever their accents", async () => {
    await using store = await open()
    const place = { kind: "location", latitude: 1, longitude: 2, name: "Café Central" }
    const poll = { kind: "poll", name: "¿Qué?", options: ["té", "CAFÉ"], selectableMax: 1 }
    const card = { kind: "contacts", contacts: [{ name: "Cafe Ana", vcard: "", numbers: [] }] }
    const old = { messageId: "h1", ...from(ANA), sentAt: 5 * MINUTE, content: text("un café, ayer") }
    await store.messages(
      said("m1", 10, "¿Café?"),
      said("m2", 9, { ...arrivedFile(SHA("a")), filename: "menú-cafe.pdf" }),
      said("m3", 8, { ...arrivedFile(SHA("b")), caption: "el cafe" }),
      said("m4", 7, place),
      said("m5", 6, poll),
      { type: "history.synced", data: { progress: 1, messages: [old] } },
      said("m6", 4, card),
      said("m7", 3, "cafetería"),
      said("m8", 2, { kind: "album", images: 1, videos: 0 }),
      queued("q1", ANA, text("Tome un CAFÉ"))
    )
    const all = ["q1", "m1", "m2", "m3", "m4", "m5", "h1", "m6"]
    expect(await find(store, "cafe")).toEqual(all)
    expect(await find(store, "CAFÉ")).toEqual(all)
    expect(await find(store, "café*")).toEqual([...all, "m7"])
    expect(await find(store, "cafe menu")).toEqual(["m2"])
    expect(await find(store, '"un café"')).toEqual(["q1", "h1"])
    expect(await find(store, '"café un"')).toEqual([])
    expect(await find(store, "album")).toEqual([])
  })

  it("is limited to a chat, under any of its names, to an author and to a time", async () => {
    await using store = await open()
    const ofAna = { chat: ANA_LID, chatAlt: jid(ANA), sender: ANA_LID, senderAlt: jid(ANA) }
    await store.append(rosterStream(DEVICE), {
      type: "contact.synced",
      data: { contacts: [{ number: ANA, lid: ANA_LID, name: "Ana" }] }
    })
    await store.append(rosterStream(DEVICE), {
      type: "group.synced",
      data: { groups: [{ group: GROUP, subject: "Pedidos", owner: null, members: [] }] }
    })
    await store.messages(
      said("a1", 1, "hola"),
      said("a2", 2, "hola", ofAna),
      said("a3", 3, "hola", { fromMe: true }),
      said("b1", 4, "hola", from(BEA)),
      said("g1", 5, "hola", { chat: GROUP })
    )
    expect(await find(store, "hola", { chat: ANA })).toEqual(["a3", "a2", "a1"])
    expect(await find(store, "hola", { chat: ANA_LID, fromMe: false })).toEqual(["a2", "a1"])
    expect(await find(store, "hola", { fromMe: true })).toEqual(["a3"])
    expect(await find(store, "hola", { since: 3 * MINUTE })).toEqual(["g1", "b1", "a3"])
    expect(await find(store, "hola", { since: 2 * MINUTE, until: 3 * MINUTE })).toEqual(["a3", "a2"])
    await expect(search(store, "hola", { chat: "51900000099" })).rejects.toMatchObject({ _tag: "ChatNotFound" })
    const [group, , ana] = (await search(store, "hola")).messages.map(({ chat }) => chat)
    expect(group).toEqual({ id: GROUP, kind: "group", person: null, name: "Pedidos" })
    expect(ana).toMatchObject({ id: ANA_LID, kind: "person", person: { number: ANA, lid: ANA_LID }, name: "Ana" })
  })

  it("gives its pages without a gap, also by their number, and not the messages of another device", async () => {
    await using store = await open()
    // Some of one second.
    await store.messages(...Array.from({ length: 25 }, (_, i) => said(`m${i}`, Math.floor(i / 3), "hola")))
    const ids = Array.from({ length: 25 }, (_, i) => `m${24 - i}`)
    for (const limit of [1, 4, 24, 25]) {
      const pages: string[] = []
      for (let before: Search["before"]; ; ) {
        const page = await search(store, "hola", { limit, before })
        pages.push(...page.messages.map(({ message }) => message.id))
        if (page.next === undefined) break
        before = page.next
      }
      expect(pages).toEqual(ids)
    }
    expect(await find(store, "hola", { skip: 20, limit: 3 })).toEqual(ids.slice(20, 23))
    expect(await find(store, "hola", { skip: 25 })).toEqual([])
    expect(await find(store, "hola", { skip: SKIP_MAX + 1 })).toEqual([])
    const other = searchDevice({ deviceNumber: 2 }, { query: "hola", limit: 10 }).pipe(Effect.provide(Roster.layer))
    expect((await store.run(other)).messages).toEqual([])
  })

  it("finds an edited message by its last text, in whatever order the edits and the message came, and no deleted one", async () => {
    await using store = await open()
    await store.messages(
      said("m1", 1, "primera versión"),
      edit("e1", "m1", 2, text("segunda versión")),
      edit("e2", "m1", 3, text("tercera versión")),
      // Another's edit changes nothing.
      edit("e3", "m1", 4, text("ajena"), { sender: jid(BEA) }),
      said("m2", 5, "borrada versión"),
      about("message.revoked", "d1", "m2", ANA, {}),
      said("m3", 6, "quitada versión", { chat: GROUP }),
      about("message.revoked", "d2", "m3", BEA, { ...from(BEA, GROUP), author: author(ANA), byAdmin: true }),
      said("m4", 7, { kind: "unavailable", reason: "withheld" }),
      about("message.resent", "m4", "m4", ANA, { content: text("llegó tarde, versión") }),
      edit("e5", "m5", 9, text("antes que el mensaje")),
      said("m5", 8, "versión")
    )
    expect(await find(store, "version")).toEqual(["m5", "m1", "m4"])
    expect(await find(store, "tercera")).toEqual(["m1"])
    for (const old of ["primera", "segunda", "ajena", "borrada", "quitada", "antes"]) {
      expect([old, await find(store, old)]).toEqual([old, []])
    }
  })

  it("finds a file whose caption was edited by its name and by its new caption, once", async () => {
    await using store = await open()
    const bare = { mediaKey: null, fileSha256: null, fileEncSha256: null, directPath: null, url: null }
    const caption = (words: string) => ({ kind: "document", mimetype: null, bytes: null, caption: words, remote: bare })
    await store.messages(
      said("m1", 1, { ...arrivedFile(SHA("a")), filename: "factura.pdf", caption: "de enero" }),
      edit("e1", "m1", 2, caption("de febrero"))
    )
    for (const query of ["factura", "febrero", "de", "pdf"])
      expect([query, await find(store, query)]).toEqual([query, ["m1"]])
    expect(await find(store, "enero")).toEqual([])
  })

  it("finds nothing of a chat that the owner deleted", async () => {
    await using store = await open()
    await store.messages(said("m1", 1, "hola"), said("m2", 3, "hola"))
    await store.append(rosterStream(DEVICE), {
      type: "chat.deleted",
      data: { chat: jid(ANA), chatAlt: null, at: 2 * MINUTE }
    })
    expect(await find(store, "hola")).toEqual(["m2"])
  })

  it("passes over thousands of texts that say it no longer, in pages that may be empty", async () => {
    await using store = await open()
    await store.messages(said("first", 1, "hola"), said("m1", 2, "hola"))
    const edits = Array.from({ length: 4_200 }, (_, i) => edit(`e${i}`, "m1", 3, text("hola")))
    await store.messages(...edits)
    await store.messages(edit("last", "m1", 4, text("adiós")))
    const first = await search(store, "hola")
    expect([first.messages, first.next]).toEqual([[], expect.anything()])
    expect(await find(store, "hola", { before: first.next })).toEqual(["first"])
  })

  it("[LOG-8] does not find what was erased or expired; the index has no row of it", async () => {
    await using store = await open()
    await store.messages(said("m1", 1, "secreto"), said("m2", 2, "secreto", from(BEA)), said("m3", 3, "secreto uno"))
    await store.messages(edit("e1", "m3", 4, text("secreto dos")))
    await store.erase("m1")
    expect(await find(store, "secreto")).toEqual(["m3", "m2"])
    await store.eraseContact(ANA)
    expect(await find(store, "secreto")).toEqual(["m2"])
    const rows = () =>
      store.run(
        Effect.flatMap(Database, ({ query }) =>
          query((db) => db.selectFrom("message_text").select("message_id").execute())
        )
      )
    expect(await rows()).toEqual([{ message_id: "m2" }])
    await store.rebuild()
    expect(await find(store, "secreto")).toEqual(["m2"])
  })

  it("refuses a query without a word or with too many, and takes any other text for one", async () => {
    await using store = await open()
    await store.messages(said("m1", 1, "hola"))
    const many = Array.from({ length: 33 }, (_, i) => `w${i}`).join(" ")
    for (const query of ["", "…", '"" * -', "\0", many, "aa* bb* cc* dd* ee*"]) {
      await expect(search(store, query)).rejects.toMatchObject({ _tag: "QueryUnfit" })
    }
    const pieces = fc.constantFrom(
      ...Array.from("\"'*+-<>()~@:^%\\,. \0ñ"),
      "hola",
      "AND",
      "OR",
      "NOT",
      "NEAR",
      "words:",
      "{",
      "}",
      "\u{1f389}"
    )
    const query = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join(""))
    )
    await fc.assert(
      fc.asyncProperty(query, async (given) => {
        const expected = termsOf(given).length > 0 && matches(wordsOf(["hola"]), termsOf(given)) ? ["m1"] : []
        const found = await find(store, given).catch((failure) => {
          expect([given, failure]).toEqual([given, expect.objectContaining({ _tag: "QueryUnfit" })])
          return termsOf(given).length === 0 ? [] : expected
        })
        expect(found).toEqual(expected)
      }),
      { numRuns: times(150, 3_000) }
    )
  })

  it(
    "finds what the rules of words and phrases say, in any texts",
    async () => {
      // With words that MySQL takes for stop words, or for too short.
      const word = fc.constantFrom(
        "de",
        "la",
        "a",
        "I",
        "the",
        "com",
        "Café",
        "cafes",
        "东京",
        "привет",
        "x_y",
        "n.º",
        "fin",
        "finca",
        "🎉"
      )
      const words = (maxLength: number) => fc.array(word, { minLength: 1, maxLength })
      const texts = words(6).map((some) => some.join(" "))
      const part = fc.oneof(
        word,
        word.map((each) => `${each.slice(0, -1)}*`),
        words(3).map((some) => `"${some.join(" ")}"`)
      )
      const query = fc
        .array(part, { minLength: 1, maxLength: 3 })
        .map((parts) => parts.join(" "))
        .filter((each) => termsOf(each).length > 0)
      await fc.assert(
        fc.asyncProperty(
          fc.array(texts, { minLength: 40, maxLength: 40 }),
          fc.array(query, { minLength: 30, maxLength: 30 }),
          async (corpus, queries) => {
            await using store = await open()
            await store.messages(...corpus.map((each, i) => said(`m${i}`, i + 1, each)))
            for (const each of queries) {
              const terms = termsOf(each)
              const expected = corpus
                .flatMap((said, i) => (matches(wordsOf([said]), terms) ? [`m${i}`] : []))
                .toReversed()
              expect([each, await find(store, each)]).toEqual([each, expected])
            }
          }
        ),
        { numRuns: name === "sqlite" ? times(5, 100) : times(2, 20) }
      )
    },
    times(60_000, 600_000)
  )
})

describe("the index of an erased text", () => {
  it("[LOG-8] is in no file: neither words, nor parts of them", async () => {
    await using store = await ContentStore.open(async (directory) => sqliteIn(directory))
    const long = (words: string) => `${words} ${"relleno ".repeat(2_000)}${words}`
    for (let i = 0; i < 60; i++) {
      await store.messages(
        said(`a${i}`, i, i % 3 === 0 ? long(`qwxyzk${i} qwxyzk`) : `qwxyzk${i} qwxyzk`),
        said(`b${i}`, i, `publico${i} relleno`, from(BEA))
      )
    }
    await store.messages(edit("e1", "a1", 99, text("qwxyzk corregido")))
    for (const part of ["qwxyzk", "wxyzk"]) expect(filesWith(store.directory, part)).not.toEqual([])
    await store.eraseContact(ANA)
    for (const part of ["qwxyzk", "wxyzk", "xyzk", "corregido", "orregido"])
      expect(filesWith(store.directory, part), part).toEqual([])
    expect(filesWith(store.directory, "ublico")).not.toEqual([])
    const check = {
      sql: "INSERT INTO message_search (message_search, rank) VALUES ('integrity-check', 1)",
      parameters: []
    }
    await store.run(
      Effect.flatMap(Database, ({ dialect }) =>
        Effect.promise(() => dialect.writer.transaction((tx) => tx.run([check])))
      )
    )
  })
})
