/** Lists of received messages: their order, their pages, and chats that the owner deleted. */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { listReceived, type ReceivedPage } from "../../src/application/received-messages.ts"
import { rosterStream } from "../../src/events/streams.ts"
import type { EventToAppend } from "../../src/store/log/chain-events.ts"
import { Devices } from "../../src/store/devices.ts"
import { Roster } from "../../src/store/roster/roster.ts"
import { ANA, ANA_LID, BEA, ContentStore, DEVICE, jid, received, text } from "../support/content-store.ts"
import { dialects, sqliteIn } from "../support/dialects.ts"

const MINUTE = 60_000
/** A message of this minute. */
const said = (id: string, number: string, minute: number, more: object = {}): EventToAppend => {
  const { data, ...event } = received(id, number, text(id))
  return { ...event, data: { ...(data as object), sentAt: minute * MINUTE, ...more } }
}
const ofAna = { chat: ANA_LID, chatAlt: jid(ANA), sender: ANA_LID, senderAlt: jid(ANA) }

describe.each(dialects)("received messages on $name", ({ name, create }) => {
  const open = () => ContentStore.open(name === "sqlite" ? async (directory) => sqliteIn(directory) : create)
  const list = (store: ContentStore, page: Partial<ReceivedPage> = {}) =>
    store.run(
      Effect.gen(function* () {
        const device = yield* (yield* Devices).byId(DEVICE)
        if (!device) throw new Error("there is no device")
        return yield* listReceived(device, { chat: undefined, before: undefined, limit: 10, ...page })
      }).pipe(
        Effect.map((found) => found.map(({ message }) => message.id)),
        Effect.provide(Roster.layer)
      )
    )

  it("are ordered by the time at which they were sent, and pages join without a gap", async () => {
    await using store = await open()
    await store.messages(
      said("m1", ANA, 1),
      said("m3", BEA, 3),
      said("m2", ANA, 2),
      // Of one second.
      said("m4", BEA, 4),
      said("m5", ANA, 4),
      said("own", ANA, 5, { fromMe: true })
    )
    expect(await list(store)).toEqual(["m5", "m4", "m3", "m2", "m1"])
    for (const limit of [1, 2, 3]) {
      const pages: string[] = []
      for (let page = await list(store, { limit }); page.length > 0; ) {
        pages.push(...page)
        page = await list(store, { limit, before: page.at(-1) })
      }
      expect(pages).toEqual(["m5", "m4", "m3", "m2", "m1"])
    }
    expect(await list(store, { before: 3 * MINUTE })).toEqual(["m2", "m1"])
    expect(await list(store, { chat: ANA, before: "m4" })).toEqual(["m2", "m1"])
  })

  it("of a chat that the owner deleted are left out, under either name of its person, and pages go on behind them", async () => {
    const contact = { type: "contact.synced", data: { contacts: [{ number: ANA, lid: ANA_LID }] } }
    for (const deleted of [
      { chat: ANA_LID, chatAlt: jid(ANA) },
      { chat: ANA_LID, chatAlt: null },
      { chat: jid(ANA), chatAlt: null }
    ]) {
      await using store = await open()
      await store.append(rosterStream(DEVICE), contact)
      await store.messages(
        said("b1", BEA, 1),
        said("a2", ANA, 2, ofAna),
        said("a3", ANA, 3, ofAna),
        said("a4", ANA, 4, ofAna)
      )
      await store.append(rosterStream(DEVICE), { type: "chat.deleted", data: { ...deleted, at: 3 * MINUTE } })
      expect([deleted, await list(store)]).toEqual([deleted, ["a4", "b1"]])
      expect(await list(store, { limit: 2 })).toEqual(["a4", "b1"])
      expect(await list(store, { limit: 1, before: "a4" })).toEqual(["b1"])
      expect(await list(store, { chat: ANA })).toEqual(["a4"])
    }
  })

  it("begin after a message that the device has received: another one is refused", async () => {
    await using store = await open()
    await store.messages(said("own", ANA, 5, { fromMe: true }))
    for (const before of ["nada", "own"]) {
      await expect(list(store, { before })).rejects.toMatchObject({ _tag: "MessageUnknown", messageId: before })
    }
  })
})
