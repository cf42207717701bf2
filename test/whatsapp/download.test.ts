/** Files of received messages: what the gateway does with addresses that a sender made up, and with files that are not as they were sent. */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { proto } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { trustNetwork } from "../../src/whatsapp/baileys/process/network-trust.ts"
import { download } from "../../src/whatsapp/baileys/receiving/download.ts"
import type { ReceivedMedia } from "../../src/whatsapp/whatsapp.ts"
import { until } from "../support/until.ts"

let server: Server
let port: number
let hits = 0

beforeAll(async () => {
  server = createServer((_request, response) => {
    hits++
    response.end("secret")
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => void server.close())

const media = (remote: Partial<ReceivedMedia["remote"]>): ReceivedMedia => ({
  kind: "document",
  mimetype: null,
  bytes: null,
  remote: { directPath: "/v/a", url: null, mediaKey: "AAAA", fileSha256: "AAAA", fileEncSha256: null, ...remote }
})

const failure = (given: ReceivedMedia, ownNetwork: boolean) =>
  Effect.runPromise(Effect.flip(download(given, ownNetwork)).pipe(Effect.map(({ _tag }) => _tag)))

describe("the address of a file", () => {
  const places = () => [
    `@127.0.0.1:${port}/x`,
    `:${port}/x`,
    `.evil.example/x`,
    `//127.0.0.1:${port}/x`,
    `https://127.0.0.1:${port}/x`,
    ""
  ]

  it("[SEC-3] has only its path from the message", async () => {
    for (const directPath of places()) {
      expect(await failure(media({ directPath, url: `http://127.0.0.1:${port}/` }), false)).toBe("MediaUnusable")
    }
    expect(await failure(media({ directPath: null, url: `http://127.0.0.1:${port}/x` }), false)).toBe("MediaUnusable")
    expect(hits).toBe(0)
  })

  it("[SEC-3] is on WhatsApp's host, which may not send the gateway elsewhere", async () => {
    const asked: unknown[] = []
    vi.stubGlobal("fetch", async (url: URL, { redirect }: RequestInit) => {
      asked.push([url.host, url.pathname, redirect])
      return new Response(null, { status: 503 })
    })
    try {
      expect(await failure(media({ url: `https://127.0.0.1:${port}/x` }), false)).toBe("NoAnswer")
    } finally {
      vi.unstubAllGlobals()
    }
    expect(asked).toEqual([["mmg.whatsapp.net", "/v/a", "error"]])
  })

  it("is on loopback and over TLS, when the gateway talks to a network on loopback", async () => {
    for (const url of [
      "https://192.168.1.1/x",
      "https://evil.example/x",
      "https://127.0.0.1.evil.example/x",
      "x",
      null
    ]) {
      expect(await failure(media({ url }), true)).toBe("MediaUnusable")
    }
    expect(await failure(media({ url: `http://127.0.0.1:${port}/x` }), true)).toBe("NoAnswer")
    expect(hits).toBe(0)
  })

  it("is not used when the message has no key to the file", async () => {
    expect(await failure(media({ mediaKey: null }), false)).toBe("MediaUnusable")
  })
})

describe("a file", () => {
  const [ANA, BETO] = ["51911000001", "51922000001"]
  const content = Buffer.alloc(100_000, "ñandú")
  let network: Network
  let sent: ReceivedMedia

  beforeAll(async () => {
    network = await startNetwork({ log: () => {} })
    trustNetwork(network)
    const phone = network.addPhone(ANA)
    await network.addContact(BETO).send(ANA, { media: content, mimetype: "text/plain", filename: "a.txt" })
    const { raw } = await until(() => phone.inbox[0], "the message")
    const { directPath, url, mediaKey } = proto.Message.decode(raw).documentMessage ?? {}
    sent = media({
      directPath: directPath ?? null,
      url: url ?? null,
      mediaKey: Buffer.from(mediaKey ?? []).toString("base64")
    })
  })
  afterAll(() => network.stop())

  /** All of it; the tag of what its reading fails with. */
  const read = async (file: ReceivedMedia): Promise<string> => {
    try {
      const pieces: Uint8Array[] = []
      for await (const piece of await Effect.runPromise(download(file, true))) pieces.push(piece)
      return Buffer.concat(pieces).toString()
    } catch (thrown) {
      return (thrown as { readonly _tag: string })._tag
    }
  }

  it("[SEC-3] is given as it was sent", async () => {
    expect(await read(sent)).toBe(content.toString())
  })

  it("[SEC-3] that was changed on the way cannot be used, that broke off can be asked for again", async () => {
    network.fault({ kind: "download_altered" })
    expect(await read(sent)).toBe("MediaUnusable")
    network.fault({ kind: "download_cut" })
    expect(await read(sent)).toBe("NoAnswer")
    expect(await read(sent)).toBe(content.toString())
  })

  it("[SEC-3] cannot be used with another key", async () => {
    const mediaKey = Buffer.alloc(32, 1).toString("base64")
    expect(await read({ ...sent, remote: { ...sent.remote, mediaKey } })).toBe("MediaUnusable")
  })
})
