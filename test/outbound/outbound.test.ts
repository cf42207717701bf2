/** A private listener must see no connection: hostile URLs, a name that changes its address, redirects. */
import { createServer, type RequestListener, type Server } from "node:http"
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net"
import { ManagedRuntime } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { addressPolicy, rangeProblem } from "../../src/outbound/addresses.ts"
import type { Resolve } from "../../src/outbound/agent.ts"
import { FetchProblem } from "../../src/outbound/fetch-file.ts"
import { Outbound, type OutboundShape } from "../../src/outbound/outbound.ts"

const runtimes: ManagedRuntime.ManagedRuntime<Outbound, never>[] = []
const open = (allow: readonly string[], resolve?: Resolve): Promise<OutboundShape> => {
  const runtime = ManagedRuntime.make(Outbound.layer({ allow, ...(resolve ? { resolve } : {}) }))
  runtimes.push(runtime)
  return runtime.runPromise(Outbound)
}

/** Listens on every address of the machine, and counts connections. */
let victim: TcpServer
let victimPort: number
let connections = 0
/** Those to other addresses than 127.0.0.1, which some tests allow. */
let forbidden = 0
/** The receiver that may be reached: 127.0.0.1 only. */
let receiver: Server
let receiverPort: number
let respond: RequestListener
const ALLOWED = "127.0.0.1/32"

beforeAll(async () => {
  victim = createTcpServer((socket) => {
    connections++
    if (socket.localAddress !== "::ffff:127.0.0.1") forbidden++
    socket.destroy()
  })
  await new Promise<void>((resolve) => victim.listen(0, "::", resolve))
  victimPort = (victim.address() as AddressInfo).port
  receiver = createServer((request, response) => {
    request.resume().on("end", () => respond(request, response))
  })
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve))
  receiverPort = (receiver.address() as AddressInfo).port
})
afterAll(async () => {
  for (const runtime of runtimes) await runtime.dispose()
  victim.close()
  receiver.closeAllConnections()
  receiver.close()
})

const post = (outbound: OutboundShape, url: string, more: { isTrusted?: boolean; timeoutMs?: number } = {}) =>
  outbound.poster({ url, isTrusted: false, timeoutMs: 2_000, ...more }).post([], "{}")
const read = async (outbound: OutboundShape, url: string, bytesMax = 1_000, timeoutMs = 2_000): Promise<string> => {
  const { pieces } = await outbound.fetchFile(url, { bytesMax, timeoutMs })
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all).toString()
}
const kindOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "fetched",
    (failure: unknown) => (failure instanceof FetchProblem ? failure.kind : String(failure))
  )

const hosts = `
  127.0.0.1 127.0.0.2 127.1 127.255.255.254 0.0.0.0 0 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001
  ①②⑦.⓪.⓪.① 127。0。0。1 localhost LOCALHOST localhost. a.localhost 10.0.0.1 10.255.255.255 172.16.0.1
  172.31.255.255 192.168.0.1 192.168.255.255 100.64.0.1 100.127.255.255 169.254.169.254 169.254.0.1
  192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
  255.255.255.255 0xa9.0xfe.0xa9.0xfe [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1]
  [::ffff:10.0.0.1] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::10.0.0.1] [64:ff9b:1::1] [fc00::1] [fd00::1]
  [fe80::1] [fec0::1] [ff02::1] [2001:db8::1] [2002:7f00:1::] [2001:0:7f00:1::] [100::1] [3fff::1]
  [5f00::1] [::ffff:0:127.0.0.1] [::ffff:169.254.169.254] [64:ff9b::a9fe:a9fe]
`
  .trim()
  .split(/\s+/)

describe("[SEC-3] a URL with a private address", () => {
  it("is one of at least 60", () => expect(hosts.length).toBeGreaterThanOrEqual(60))

  it.each(hosts)("http://%s/ is refused when it is given, and opens no connection when it is used", async (host) => {
    const outbound = await open([])
    const before = connections
    const url = `http://${host}:${victimPort}/hook`
    expect(outbound.urlProblem(url)).toContain("private address")
    const { status, answer } = await post(outbound, url)
    expect(status).toBe(0)
    expect(answer).toMatch(/private address|does not exist|looked up/)
    expect(await kindOf(read(outbound, url))).toBe("url")
    expect(connections).toBe(before)
  })

  it.each([
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com:70/",
    "javascript:alert(1)",
    "http://",
    "not a url",
    "http://user:password@example.com/",
    "http://example.com:22/",
    "http://example.com:25/",
    `http://example.com/${"x".repeat(3_000)}`
  ])("%s is refused", async (url) => {
    const outbound = await open([])
    expect(outbound.urlProblem(url)).toBeDefined()
    expect(await kindOf(read(outbound, url))).toBe("url")
  })

  it("is used where the operator allows its range, or gave the URL", async () => {
    respond = (_, response) => response.end("ok")
    const url = `http://127.0.0.1:${receiverPort}/`
    expect(await post(await open([ALLOWED]), url)).toMatchObject({ status: 200, answer: "ok" })
    expect(await post(await open([]), url, { isTrusted: true })).toMatchObject({ status: 200 })
    expect(await post(await open([ALLOWED]), `http://127.0.0.2:${victimPort}/`)).toMatchObject({ status: 0 })
  })
})

describe("[SEC-3] a name", () => {
  const name = "https://receiver.example/hook"

  it("with a private address opens no connection, whatever else it resolves to", async () => {
    const before = connections
    const private4 = await open([], (_, done) => done(null, [{ address: "127.0.0.2", family: 4 }]))
    expect(await post(private4, `http://receiver.example:${victimPort}/`)).toMatchObject({ status: 0 })
    const mapped = await open([], (_, done) => done(null, [{ address: "::ffff:127.0.0.2", family: 6 }]))
    expect((await post(mapped, name)).answer).toContain("private address")
    expect(connections).toBe(before)
  })

  it("that resolves to another address at each look-up is connected only where it may be", async () => {
    respond = (_, response) => response.setHeader("connection", "close").end("ok")
    let lookups = 0
    const rebinding: Resolve = (_, done) =>
      done(null, [{ address: ++lookups % 2 === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }])
    const outbound = await open([ALLOWED], rebinding)
    const before = forbidden
    const statuses: number[] = []
    for (let n = 0; n < 10; n++) statuses.push((await post(outbound, `http://r.example:${receiverPort}/`)).status)
    for (let n = 0; n < 10; n++) statuses.push((await post(outbound, `http://r.example:${victimPort}/`)).status)
    expect(statuses.slice(0, 10)).toEqual([200, 0, 200, 0, 200, 0, 200, 0, 200, 0])
    expect(statuses.slice(10).every((status) => status === 0)).toBe(true)
    expect(lookups).toBe(20)
    expect(forbidden).toBe(before)
  })
})

describe("[SEC-3] a redirect", () => {
  const to = (location: string): RequestListener => {
    return (_, response) => response.writeHead(302, { location }).end()
  }

  it.each([301, 302, 303, 307, 308])("with %i is the answer to a post, and is not followed", async (status) => {
    respond = (_, response) => response.writeHead(status, { location: `http://127.0.0.2:${victimPort}/` }).end()
    const before = forbidden
    expect(await post(await open([ALLOWED]), `http://127.0.0.1:${receiverPort}/`)).toMatchObject({ status })
    expect(forbidden).toBe(before)
  })

  it.each([
    "http://127.0.0.2:PORT/",
    "http://[::1]:PORT/",
    "//localhost:PORT/",
    "http://2130706434:PORT/",
    "file:///etc/passwd"
  ])("to %s is not followed for a file", async (location) => {
    respond = to(location.replace("PORT", String(victimPort)))
    const before = forbidden
    expect(await kindOf(read(await open([ALLOWED]), `http://127.0.0.1:${receiverPort}/`))).toBe(
      location.startsWith("//") ? "connection" : "url"
    )
    expect(forbidden).toBe(before)
  })

  it("is followed three times for a file, and not a fourth time", async () => {
    const upTo = (hops: number): RequestListener => {
      return ({ url = "" }, response) => {
        const hop = Number(url.slice(1))
        if (hop < hops) response.writeHead(302, { location: `/${hop + 1}` }).end()
        else response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end("the file")
      }
    }
    const outbound = await open([ALLOWED])
    respond = upTo(3)
    expect(await read(outbound, `http://127.0.0.1:${receiverPort}/0`)).toBe("the file")
    respond = upTo(4)
    expect(await kindOf(read(outbound, `http://127.0.0.1:${receiverPort}/0`))).toBe("redirects")
  })
})

describe("[SEC-3] limits", () => {
  const url = () => `http://127.0.0.1:${receiverPort}/file.bin`

  it("end a file that is too large, with and without its length", async () => {
    const outbound = await open([ALLOWED])
    respond = (_, response) => response.writeHead(200, { "content-length": 2_000 }).end("x".repeat(2_000))
    expect(await kindOf(read(outbound, url()))).toBe("bytes")
    respond = (_, response) => {
      response.write("x".repeat(600))
      response.end("x".repeat(600))
    }
    expect(await kindOf(read(outbound, url()))).toBe("bytes")
    expect(await read(outbound, url(), 1_200)).toHaveLength(1_200)
  })

  it("end a file and a post that take too long, byte by byte as well", async () => {
    const outbound = await open([ALLOWED])
    respond = (_, response) => {
      const drip = setInterval(() => response.write("x"), 20)
      response.on("close", () => clearInterval(drip))
    }
    expect(await kindOf(read(outbound, url(), 1_000, 200))).toBe("time")
    const dripped = await post(outbound, url(), { timeoutMs: 200 })
    expect(dripped).toMatchObject({ status: 0, answer: "no answer within 200 ms" })
    respond = () => {}
    expect(await post(outbound, url(), { timeoutMs: 100 })).toMatchObject({ status: 0 })
  })

  it("end only the post that is in progress, and post again after it", async () => {
    const poster = (await open([ALLOWED])).poster({ url: url(), isTrusted: false, timeoutMs: 200 })
    const answer: RequestListener = (_, response) => response.end("ok")
    for (const before of [answer, () => {}]) {
      respond = before
      await poster.post([], "{}")
      poster.end("nothing is in progress")
      respond = answer
      expect(await poster.post([], "{}")).toMatchObject({ status: 200, answer: "ok" })
    }
    respond = () => poster.end("the gateway is stopping")
    expect(await poster.post([], "{}")).toMatchObject({ status: 0, answer: "the gateway is stopping" })
  })

  it("keep the first characters of an answer, and drop an endless one", async () => {
    const outbound = await open([ALLOWED])
    respond = (_, response) => {
      response.writeHead(500)
      const flood = () => {
        while (response.writable && response.write(`é\u0000${"x".repeat(1_000)}`)) continue
      }
      response.on("drain", flood)
      flood()
    }
    const { status, answer } = await post(outbound, url())
    expect(status).toBe(500)
    expect(answer).toBe(`é ${"x".repeat(254)}`)
  })

  it("tell an answer that breaks off from a complete one", async () => {
    const outbound = await open([ALLOWED])
    respond = (_, response) => {
      response.writeHead(200, { "content-length": 100 })
      response.write("half")
      setTimeout(() => response.destroy(), 20)
    }
    const answer = "the connection was closed before the answer was complete"
    expect(await post(outbound, url())).toMatchObject({ status: 0, answer })
  })
})

describe("OUTBOUND_ALLOW", () => {
  it.each(["10.0.0.0/8", "127.0.0.1", "fd00::/8", "::1/128", "0.0.0.0/0"])("accepts %s", (range) => {
    expect(rangeProblem(range)).toBeUndefined()
  })
  it.each(["", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "example.com", "10.0.0.0/8/8", "10.0.0.0/x"])(
    "refuses “%s”",
    (range) => expect(rangeProblem(range)).toBeDefined()
  )
  it("judges a mapped address as the address that it maps", () => {
    const policy = addressPolicy(["10.1.0.0/16"])
    expect(policy.allows("::ffff:10.1.2.3")).toBe(true)
    expect(policy.allows("::ffff:10.2.2.3")).toBe(false)
    for (const address of ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
      expect(policy.allows(address), address).toBe(true)
  })
})
