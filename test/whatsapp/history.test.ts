/** The phone's history: which parts are stored, how they are read, when they are deleted, and what the next connection reads. */
import { deflateSync } from "node:zlib"
import { type AuthenticationState, proto, type SignalDataSet, type WAMessage } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { beforeEach, describe, expect, it } from "vitest"
import type { PersonName } from "../../src/events/contact.ts"
import type { KeptParts } from "../../src/whatsapp/baileys/auth/kept-parts.ts"
import { announcedPart } from "../../src/whatsapp/baileys/history/announcement.ts"
import { History } from "../../src/whatsapp/baileys/history/history.ts"
import type { FetchFile } from "../../src/whatsapp/baileys/history/part-file.ts"
import { translatePast } from "../../src/whatsapp/baileys/receiving/past.ts"
import type { RemoteFile } from "../../src/whatsapp/baileys/receiving/download.ts"
import { SignalQueue } from "../../src/whatsapp/baileys/signal-queue.ts"
import { MediaGone, NoAnswer, type Signal } from "../../src/whatsapp/whatsapp.ts"
import { until } from "../support/until.ts"

const { INITIAL_BOOTSTRAP, INITIAL_STATUS_V3, RECENT, PUSH_NAME } = proto.Message.HistorySyncType
const NUMBER = "51922000001"
const JID = `${NUMBER}@s.whatsapp.net`
const LID = "123456789012345@lid"

let rows: Map<string, Uint8Array>
let asked: RemoteFile[]
let warnings: string[]
let learned: PersonName[]
let stored: SignalDataSet[]
let kept: KeptParts

beforeEach(() => {
  rows = new Map()
  asked = []
  warnings = []
  learned = []
  stored = []
  kept = {
    all: async () => new Map(rows),
    put: async (id, bytes) => void rows.set(id, bytes),
    delete: async (id) => void rows.delete(id)
  }
})

const deflated = (part: proto.IHistorySync): Buffer => deflateSync(proto.HistorySync.encode(part).finish())

const chatWith = (...texts: readonly string[]): proto.IHistorySync => ({
  syncType: proto.HistorySync.HistorySyncType.RECENT,
  progress: 40,
  phoneNumberToLidMappings: [{ pnJid: JID, lidJid: LID }],
  conversations: [
    {
      id: JID,
      messages: texts.map((conversation, i) => ({
        message: {
          key: { remoteJid: JID, id: `M${i}` },
          message: { conversation },
          messageTimestamp: 1_790_000_000 - i
        }
      }))
    }
  ]
})

const announcement = (chunkOrder: number, syncType = RECENT): proto.Message.IHistorySyncNotification => ({
  syncType,
  chunkOrder,
  directPath: `/v/part-${chunkOrder}`,
  mediaKey: Buffer.alloc(32, chunkOrder)
})
const inside = (part: proto.IHistorySync) => ({ ...announcement(1), initialHistBootstrapInlinePayload: deflated(part) })

const inPieces =
  (bytes: Uint8Array): FetchFile =>
  (file) =>
    Effect.sync(() => {
      asked.push(file)
      return (async function* () {
        yield bytes.subarray(0, 7)
        yield bytes.subarray(7)
      })()
    })

const never: FetchFile = () => Effect.die(new Error("the test expects no fetch"))

/** A connection with its signals; `record` says that the log has the oldest one. */
const connect = (fetchFile: FetchFile = never) => {
  const signals: Signal[] = []
  const unrecorded: (() => void)[] = []
  const queue = new SignalQueue(
    (signal) => {
      signals.push(signal)
      if ("recorded" in signal && signal.recorded) unrecorded.push(signal.recorded)
    },
    (failure) => warnings.push(String(failure))
  )
  const history = new History({
    reading: {
      beginPast: (message) => translatePast(message, { jid: "51911000001@s.whatsapp.net", lid: "" }),
      finishAll: async (begun) => begun
    },
    signals: queue,
    identities: {
      learn: async (people) => void learned.push(...people),
      named: async () => new Map()
    },
    kept,
    keys: { get: async () => ({}), set: async (data) => void stored.push(data) } as AuthenticationState["keys"],
    fetchFile,
    warn: (text) => warnings.push(text)
  })
  const record = async () => {
    await until(() => unrecorded.length > 0, "a signal to record")
    unrecorded.shift()?.()
  }
  const end = () => {
    queue.close()
    history.giveUp()
  }
  return { history, signals, record, end }
}

const textsOf = (signals: readonly Signal[]) =>
  signals.flatMap((signal) =>
    signal.type === "history" ? signal.messages.map(({ content }) => ("text" in content ? content.text : "")) : []
  )

describe("a message that announces a part", () => {
  const message = (fromMe: boolean, syncType: proto.Message.HistorySyncType): WAMessage => ({
    key: { fromMe, id: "A" },
    message: { protocolMessage: { historySyncNotification: { syncType } } }
  })

  it("is the account's own, and its part brings messages or names", () => {
    for (const kind of [INITIAL_BOOTSTRAP, RECENT, PUSH_NAME]) expect(announcedPart(message(true, kind))).toBeDefined()
    expect(announcedPart(message(true, INITIAL_STATUS_V3))).toBeUndefined()
    expect(announcedPart(message(false, RECENT))).toBeUndefined()
    expect(announcedPart({ key: { fromMe: true }, message: { conversation: "hola" } })).toBeUndefined()
  })
})

describe("[DEV-4] a part of the history", () => {
  it("is stored before it is fetched, and deleted when all of it is in the log", async () => {
    const { history, signals, record } = connect(inPieces(deflated(chatWith("hace tiempo"))))
    await history.keep("A", announcement(5))
    expect([...rows.keys()]).toEqual(["A"])
    await record()
    await until(() => textsOf(signals).length > 0, "the messages")
    expect([...rows.keys()]).toEqual(["A"])
    await record()
    await until(() => rows.size === 0, "the end of the part")
    expect(asked).toEqual([
      {
        kind: "md-msg-hist",
        remote: { directPath: "/v/part-5", url: null, mediaKey: Buffer.alloc(32, 5).toString("base64") }
      }
    ])
    expect(learned).toEqual([{ number: NUMBER, lid: LID }])
    expect(signals).toMatchObject([
      { type: "roster", told: "history" },
      { type: "history", progress: 40 },
      { type: "progressed", percent: 40 }
    ])
  })

  it("is read in slices, each one when the slice before is recorded; messages of a chat are the oldest first", async () => {
    const texts = Array.from({ length: 1_000 }, (_, i) => `text ${i}`)
    const { history, signals, record } = connect()
    await history.keep("A", inside(chatWith(...texts)))
    const slices: number[] = []
    for (;;) {
      const before = textsOf(signals).length
      await record()
      if (rows.size > 0) await until(() => textsOf(signals).length > before || rows.size === 0, "the next slice")
      if (textsOf(signals).length > before) slices.push(textsOf(signals).length - before)
      if (textsOf(signals).length === 1_000) break
    }
    expect(Math.max(...slices)).toBeLessThanOrEqual(500)
    expect(textsOf(signals)).toEqual(texts.toReversed())
  })

  it("is read after the part that was announced before it", async () => {
    const { history, signals, record } = connect()
    await history.keep("A", inside(chatWith("uno")))
    await history.keep("B", inside(chatWith("dos")))
    for (let i = 0; i < 4; i++) await record()
    await until(() => rows.size === 0, "the end of both")
    expect(textsOf(signals)).toEqual(["uno", "dos"])
  })

  it("is read by the next connection where this one ends within it", async () => {
    const first = connect()
    await first.history.keep("A", inside(chatWith("dentro")))
    await first.record()
    first.end()
    const next = connect()
    await next.history.readUnfinished()
    await next.record()
    await next.record()
    await until(() => rows.size === 0, "the end of the part")
    expect(textsOf(next.signals)).toEqual(["dentro"])
    expect(warnings).toEqual([])
  })

  describe("that comes before parts that precede it", () => {
    const part = (text: string, progress: number) => ({ ...inside({ ...chatWith(text), progress }), progress })
    const stored = (text: string, progress: number) =>
      proto.Message.HistorySyncNotification.encode(part(text, progress)).finish()
    const progressOf = (signals: readonly Signal[]) =>
      signals.flatMap((signal) => (signal.type === "progressed" ? [signal.percent] : []))

    it("is read after those that are announced already, whatever order the store has", async () => {
      rows.set("A", stored("tres", 100))
      rows.set("B", stored("uno", 10))
      rows.set("C", stored("dos", 55))
      const { history, signals, record } = connect()
      await history.readUnfinished()
      for (let i = 0; i < 6; i++) await record()
      await until(() => rows.size === 0, "the end of all")
      expect(textsOf(signals)).toEqual(["uno", "dos", "tres"])
      expect(progressOf(signals)).toEqual([10, 55, 100])
    })

    it("counts as progress when they are recorded too, and is read again by the next connection where they are not", async () => {
      const first = connect()
      await first.history.keep("A", part("dos", 100))
      await first.history.keep("B", part("uno", 10))
      for (let i = 0; i < 3; i++) await first.record()
      await until(() => textsOf(first.signals).length === 2, "the second part")
      expect(progressOf(first.signals)).toEqual([])
      first.end()
      expect([...rows.keys()]).toEqual(["A", "B"])
      const next = connect()
      await next.history.readUnfinished()
      for (let i = 0; i < 4; i++) await next.record()
      await until(() => rows.size === 0, "the end of all")
      expect(textsOf(next.signals)).toEqual(["uno", "dos"])
      expect(progressOf(next.signals)).toEqual([10, 100])
    })
  })

  it("stays for the next connection when WhatsApp does not answer; the other parts are read", async () => {
    rows.set("A", proto.Message.HistorySyncNotification.encode(announcement(1)).finish())
    rows.set("B", proto.Message.HistorySyncNotification.encode(inside(chatWith("dentro"))).finish())
    const { history, signals, record } = connect(() => Effect.fail(new NoAnswer({ asked: "for a file" })))
    await history.readUnfinished()
    await record()
    await record()
    await until(() => rows.size === 1, "the end of one part")
    expect(textsOf(signals)).toEqual(["dentro"])
    expect([...rows.keys()]).toEqual(["A"])
    expect(warnings).toHaveLength(1)
  })

  it.each<[string, FetchFile]>([
    ["WhatsApp no longer has it", () => Effect.fail(new MediaGone())],
    ["its file is not deflated", inPieces(Buffer.from("no deflated bytes"))],
    ["its file is not a history", inPieces(deflateSync(Buffer.from([0xff, 0xff, 0xff, 0xff])))]
  ])("is given up, with a warning, when %s", async (_why, fetchFile) => {
    const { history, signals } = connect(fetchFile)
    await history.keep("A", announcement(1))
    await until(() => rows.size === 0, "the end of the part")
    expect(signals).toEqual([])
    expect(warnings).toEqual([expect.stringContaining("could not be fetched")])
  })

  it("brings chats as the phone has them, people by both names, and the names that they gave themselves", async () => {
    const { history, signals, record } = connect()
    const forEver = proto.Conversation.create({ muteEndTime: -1 }).muteEndTime
    await history.keep(
      "A",
      inside({
        syncType: proto.HistorySync.HistorySyncType.INITIAL_BOOTSTRAP,
        pushnames: [
          { id: JID, pushname: "ana 🌸" },
          { id: "51933000001@s.whatsapp.net", pushname: "-" }
        ],
        conversations: [
          {
            id: LID,
            pnJid: JID,
            name: "Ana",
            conversationTimestamp: 1_790_000_000,
            unreadCount: 3,
            archived: true,
            pinned: 1_780_000_000,
            muteEndTime: forEver ?? null
          },
          { id: "120363000000000001@g.us", name: "Family", markedAsUnread: true, ephemeralExpiration: 86_400 }
        ]
      })
    )
    await record()
    const [{ changes }] = signals as [Extract<Signal, { type: "roster" }>]
    const at = 1_790_000_000_000
    expect(changes).toMatchObject([
      { type: "contact", contact: { number: NUMBER, pushName: "ana 🌸" } },
      { type: "contact", contact: { number: NUMBER, lid: LID, name: "Ana" } },
      {
        type: "chat",
        chat: {
          chat: JID,
          chatAlt: LID,
          lastMessageAt: at,
          unread: { count: 3, at },
          archived: true,
          pinnedAt: 1_780_000_000_000,
          mutedUntil: -1
        }
      },
      {
        type: "chat",
        chat: { chat: "120363000000000001@g.us", name: "Family", markedUnread: true, disappearingSeconds: 86_400 }
      }
    ])
  })

  it("brings the privacy tokens of its chats", async () => {
    const { history, record } = connect()
    const token = Buffer.from("token")
    await history.keep("A", inside({ conversations: [{ id: LID, tcToken: token, tcTokenTimestamp: 1_790_000_000 }] }))
    await record()
    expect(stored).toEqual([
      {
        tctoken: {
          [LID]: { token, timestamp: "1790000000" },
          __index: { token: Buffer.from(JSON.stringify([LID])) }
        }
      }
    ])
  })
})
