/** Parts of the phone's history: which are stored, when they are deleted, and how the next connection fetches unfinished ones. */
import { deflateSync } from "node:zlib"
import { type BaileysEventMap, type LIDMapping, proto, type WAMessage } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { beforeEach, describe, expect, it } from "vitest"
import type { KeptParts } from "../../src/whatsapp/baileys/auth/kept-parts.ts"
import type { RemoteFile } from "../../src/whatsapp/baileys/receiving/download.ts"
import { announcedPart } from "../../src/whatsapp/baileys/history/announcement.ts"
import { type HistoryPart, HistoryParts } from "../../src/whatsapp/baileys/history/history-parts.ts"
import type { FetchFile } from "../../src/whatsapp/baileys/history/part-file.ts"
import { MediaGone, NoAnswer } from "../../src/whatsapp/whatsapp.ts"

const { INITIAL_BOOTSTRAP, RECENT, PUSH_NAME } = proto.Message.HistorySyncType
const JID = "51922000001@s.whatsapp.net"
const LID = "123456789012345@lid"

let rows: Map<string, Uint8Array>
let asked: RemoteFile[]
let warnings: string[]
let learned: LIDMapping[]
let kept: KeptParts

beforeEach(() => {
  rows = new Map()
  asked = []
  warnings = []
  learned = []
  kept = {
    all: async () => new Map(rows),
    put: async (id, bytes) => void rows.set(id, bytes),
    delete: async (id) => void rows.delete(id)
  }
})

const partOf = (text: string): Buffer =>
  deflateSync(
    proto.HistorySync.encode({
      syncType: proto.HistorySync.HistorySyncType.RECENT,
      progress: 40,
      phoneNumberToLidMappings: [{ pnJid: JID, lidJid: LID }],
      conversations: [
        { id: JID, messages: [{ message: { key: { remoteJid: JID, id: "M1" }, message: { conversation: text } } }] }
      ]
    }).finish()
  )

const announcement = (chunkOrder: number, syncType = RECENT): proto.Message.IHistorySyncNotification => ({
  syncType,
  chunkOrder,
  directPath: `/v/part-${chunkOrder}`,
  mediaKey: Buffer.alloc(32, chunkOrder)
})

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

const connection = (fetchFile: FetchFile = never) =>
  new HistoryParts({
    kept,
    fetchFile,
    learn: async (names) => void learned.push(...names),
    warn: (text) => warnings.push(text)
  })

/** What the next connection fetches. */
const unfinished = async (parts: HistoryParts): Promise<readonly HistoryPart[]> => {
  const found: HistoryPart[] = []
  await parts.fetchUnfinished((part) => found.push(part))
  return found
}

const textsOf = ({ messages }: HistoryPart) => messages.map(({ message }) => message?.conversation)

describe("a message that announces a part", () => {
  const message = (fromMe: boolean, syncType: proto.Message.HistorySyncType): WAMessage => ({
    key: { fromMe, id: "A" },
    message: { protocolMessage: { historySyncNotification: { syncType } } }
  })

  it("is the account's own, and its part brings messages", () => {
    expect(announcedPart(message(true, INITIAL_BOOTSTRAP))).toBeDefined()
    expect(announcedPart(message(true, RECENT))).toBeDefined()
    expect(announcedPart(message(false, RECENT))).toBeUndefined()
    expect(announcedPart(message(true, PUSH_NAME))).toBeUndefined()
    expect(announcedPart({ key: { fromMe: true }, message: { conversation: "hola" } })).toBeUndefined()
  })
})

describe("a part that is stored", () => {
  const event = (syncType: proto.Message.HistorySyncType, chunkOrder: number) =>
    ({ messages: [], progress: 12.6, syncType, chunkOrder }) as unknown as BaileysEventMap["messaging-history.set"]

  it("is recognised in what Baileys raises, once, and deleted when that is recorded", async () => {
    const parts = connection()
    await parts.keep("A", announcement(1))
    await parts.keep("B", announcement(2))
    for (const other of [event(RECENT, 3), event(INITIAL_BOOTSTRAP, 2)]) parts.raised(other).recorded()
    expect([...rows.keys()]).toEqual(["A", "B"])
    const { progress, recorded } = parts.raised(event(RECENT, 2))
    expect(progress).toBe(13)
    expect([...rows.keys()]).toEqual(["A", "B"])
    recorded()
    expect([...rows.keys()]).toEqual(["A"])
    await parts.keep("B", announcement(2))
    parts.raised(event(RECENT, 2))
    parts.raised(event(RECENT, 2)).recorded()
    expect([...rows.keys()]).toEqual(["A", "B"])
  })

  it("is not fetched by the connection on which Baileys fetches it", async () => {
    const parts = connection()
    await parts.keep("A", announcement(1))
    expect(await unfinished(parts)).toEqual([])
    expect(warnings).toEqual([])
  })
})

describe("a part that an earlier connection did not finish", () => {
  it("is fetched from its announced address, and stays stored until it is recorded", async () => {
    await connection().keep("A", announcement(5))
    const [found, ...more] = await unfinished(connection(inPieces(partOf("hace tiempo"))))
    expect(more).toEqual([])
    expect(found && [textsOf(found), found.progress]).toEqual([["hace tiempo"], 40])
    expect(learned).toEqual([{ pn: JID, lid: LID }])
    expect(asked).toEqual([
      {
        kind: "md-msg-hist",
        remote: { directPath: "/v/part-5", url: null, mediaKey: Buffer.alloc(32, 5).toString("base64") }
      }
    ])
    expect([...rows.keys()]).toEqual(["A"])
    found?.recorded()
    expect(rows.size).toBe(0)
  })

  it("is read from its announcement where it came inside", async () => {
    await connection().keep("A", { ...announcement(1), initialHistBootstrapInlinePayload: partOf("dentro") })
    expect((await unfinished(connection())).map(textsOf)).toEqual([["dentro"]])
  })

  it("stays for the next connection when WhatsApp does not answer; the other parts are fetched", async () => {
    const earlier = connection()
    await earlier.keep("A", announcement(1))
    await earlier.keep("B", { ...announcement(2), initialHistBootstrapInlinePayload: partOf("dentro") })
    const found = await unfinished(connection(() => Effect.fail(new NoAnswer({ asked: "for a file" }))))
    expect(found.map(textsOf)).toEqual([["dentro"]])
    expect([...rows.keys()]).toEqual(["A", "B"])
    expect(warnings).toHaveLength(1)
  })

  it.each<[string, FetchFile]>([
    ["WhatsApp no longer has it", () => Effect.fail(new MediaGone())],
    ["its file is not deflated", inPieces(Buffer.from("no deflated bytes"))],
    ["its file is not a history", inPieces(deflateSync(Buffer.from([0xff, 0xff, 0xff, 0xff])))]
  ])("is given up, with a warning, when %s", async (_why, fetchFile) => {
    await connection().keep("A", announcement(1))
    expect(await unfinished(connection(fetchFile))).toEqual([])
    expect(rows.size).toBe(0)
    expect(warnings).toEqual([expect.stringContaining("could not be fetched again")])
  })
})
