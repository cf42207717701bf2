/** Files of received messages: what the gateway does with addresses that a sender made up. */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { download } from "../../src/whatsapp/baileys/receiving/download.ts"
import type { ReceivedMedia } from "../../src/whatsapp/whatsapp.ts"

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
