/** The control API: every route, its errors, and what it refuses. */
import { createHash } from "node:crypto"
import { type AuthenticationCreds, BufferJSON } from "@whiskeysockets/baileys"
import { toDataURL } from "qrcode"
import { describe, expect, it } from "vitest"
import type { Stats } from "../../src/sandbox/network.ts"
import type { InboxMessage, SeenReceipt } from "../../src/sandbox/people/inbox.ts"
import { BareClient, until } from "./support/bare-client.ts"
import { type Answer, call } from "./support/control.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork({ controlBodyBytesMax: 100_000 })

const get = <T>(path: string): Promise<Answer<T>> => call<T>(sandbox.network.controlUrl, "GET", path)
const post = <T = Record<string, unknown>>(path: string, body?: unknown): Promise<Answer<T>> =>
  call<T>(sandbox.network.controlUrl, "POST", path, body)
const del = (path: string): Promise<Answer> => call(sandbox.network.controlUrl, "DELETE", path)

describe("phones", () => {
  it("are added once and listed", async () => {
    const phone = { number: "5491155550001", name: "Ana", online: true, companions: [] }
    expect(await post("/phones", { number: "5491155550001", name: "Ana" })).toMatchObject({ status: 200, body: phone })
    expect(await post("/phones", { number: "5491155550001" })).toMatchObject({ status: 200, body: phone })
    expect((await get<unknown[]>("/phones")).body).toMatchObject([phone])
    expect(await get("/phones/5491155550001")).toMatchObject({ status: 200, body: phone })
  })

  it("belong to the owner for whom they were first used", async () => {
    const number = "5491155550015"
    expect((await post("/phones", { number })).body).not.toHaveProperty("owner")
    expect(await post("/phones", { number, owner: "7" })).toMatchObject({ status: 200, body: { owner: "7" } })
    expect(await post("/phones", { number, owner: "7" })).toMatchObject({ status: 200 })
    expect(await post("/phones", { number, owner: "8", history: [] })).toMatchObject({ status: 409 })
    expect(await get(`/phones/${number}`)).toMatchObject({ body: { number, owner: "7" } })
  })

  it("scan a QR, given as its text or as a PNG", async () => {
    for (const [number, write] of [
      ["5491155550002", (qr: string) => Promise.resolve(qr)],
      ["5491155550003", (qr: string) => toDataURL(qr)]
    ] as const) {
      await post("/phones", { number })
      const client = await sandbox.client().pair(async (qr) => {
        expect(await post(`/phones/${number}/scan`, { qr: await write(qr) })).toEqual({
          status: 200,
          body: { device: 33 }
        })
      })
      expect(client.jid).toBe(`${number}@s.whatsapp.net`)
    }
  })

  it("enter a pairing code", async () => {
    await post("/phones", { number: "5491155550004" })
    const client = sandbox.client()
    await client.pair(async () => {
      const code = await client.sock.requestPairingCode("5491155550004")
      expect(await post("/phones/5491155550004/code", { code })).toEqual({ status: 200, body: { device: 33 } })
    })
  })

  it("have a standing with WhatsApp", async () => {
    await post("/phones", { number: "5491155550014" })
    const cap = { status: "CAPPED", used: 50, total: 50, cycleEndsAt: 1_800_000_000 }
    const standing = { timelock: { type: "WEB_COMPANION_ONLY" }, cap }
    expect(await post("/phones/5491155550014/standing", { timelock: {}, cap })).toEqual({ status: 200, body: standing })
    expect(await get("/phones/5491155550014/standing")).toEqual({ status: 200, body: standing })
    expect(await post("/phones/5491155550014/standing", { silently: true })).toEqual({ status: 200, body: {} })
    expect(await post("/phones/5491155550014/standing", { cap: { used: 1 } })).toMatchObject({ status: 400 })
  })

  it("cannot be paired with an expired QR or an unknown code; the error names the reason", async () => {
    await post("/phones", { number: "5491155550005" })
    expect(await post("/phones/5491155550005/scan", { qr: "2@gone,a,b,c,1" })).toEqual({
      status: 400,
      body: { error: "the QR has expired; no client waits with its ref" }
    })
    expect(await post("/phones/5491155550005/code", { code: "ABCDEFGH" })).toEqual({
      status: 400,
      body: { error: "no client waits to be paired by code with this number" }
    })
  })

  it("provision credentials that open at the first login", async () => {
    await post("/phones", { number: "5491155550006" })
    const { body } = await post("/phones/5491155550006/provision")
    const creds = JSON.parse(JSON.stringify(body), BufferJSON.reviver) as AuthenticationCreds
    const client = await sandbox.keep(new BareClient(sandbox.network, {}, creds)).open()
    expect(client.sock.user?.id).toBe("5491155550006:33@s.whatsapp.net")
    expect(await del("/phones/5491155550006/companions/33")).toMatchObject({ status: 200 })
    await until(() => client.closes.at(-1) === 401, "401")
    expect(await del("/phones/5491155550006/companions/33")).toMatchObject({ status: 400 })
  })

  it("are switched off and on, and send messages", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    await post(`/phones/${number}/online`, { online: false })
    expect(await get(`/phones/${number}`)).toMatchObject({ body: { online: false } })
    await post(`/phones/${number}/online`, { online: true })
    const { body } = await post(`/phones/${number}/messages`, { to: contact.number, text: "from the phone" })
    await until(() => client.messages.some(({ key }) => key.id === body["id"]), "the copy")
  })
})

describe("contacts", () => {
  it("are added once, and their behaviour can change", async () => {
    expect(await post("/contacts", { number: "5491166660001", behaviour: "echo", name: "Eco" })).toMatchObject({
      status: 200,
      body: { number: "5491166660001", behaviour: "echo", name: "Eco" }
    })
    expect(await post("/contacts", { number: "5491166660001" })).toMatchObject({
      body: { behaviour: "echo", name: "Eco" }
    })
    expect(await post("/contacts", { number: "5491166660001", behaviour: "silent" })).toMatchObject({
      body: { behaviour: "silent", name: "Eco" }
    })
  })

  it("send texts and media, and list what they received", async () => {
    const { client, number } = await sandbox.loggedIn()
    await post("/contacts", { number: "5491166660002", behaviour: "reads" })
    const { body: text } = await post("/contacts/5491166660002/messages", { to: number, text: "hello" })
    await post("/contacts/5491166660002/messages", {
      to: number,
      mediaBase64: Buffer.from("%PDF").toString("base64"),
      mimetype: "application/pdf",
      filename: "a.pdf"
    })
    await until(() => client.incoming.length === 2, "both")
    expect(client.incoming[1]?.message?.documentMessage?.fileName).toBe("a.pdf")
    const answer = { document: Buffer.from("%PDF-2"), mimetype: "application/pdf", fileName: "b.pdf" }
    const sent = await client.sock.sendMessage("5491166660002@s.whatsapp.net", answer)
    await until(
      async () => (await get<InboxMessage[]>("/contacts/5491166660002/inbox")).body.length === 1,
      "the answer"
    )
    expect((await get("/contacts/5491166660002/inbox")).body).toEqual([
      {
        id: sent?.key.id,
        from: number,
        chat: `${number}@s.whatsapp.net`,
        type: "document",
        filename: "b.pdf",
        mimetype: "application/pdf",
        sha256: createHash("sha256").update("%PDF-2").digest("hex"),
        bytes: 6,
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/)
      }
    ])
    const { body: receipts } = await get<SeenReceipt[]>("/contacts/5491166660002/receipts")
    expect(receipts.some((receipt) => receipt.id === text["id"] && receipt.from === number)).toBe(true)
  })

  it("link devices, install their app anew, change their about text, and read several messages at once", async () => {
    const { client, number } = await sandbox.loggedIn()
    const at = "/contacts/5491166660006"
    await post("/contacts", { number: "5491166660006", namedOnce: true })
    expect(await post(`${at}/devices`, { announced: false })).toEqual({ status: 200, body: { id: 33 } })
    const ids = ["uno", "dos"].map((text) => client.sock.sendMessage("5491166660006@s.whatsapp.net", { text }))
    const sent = (await Promise.all(ids)).map((message) => message?.key.id)
    await until(() => sandbox.network.contact("5491166660006").inbox.length === 2, "both")
    expect((await post(`${at}/read`, { ids: sent, shown: true })).status).toBe(200)
    await until(() => client.heard(sent[0]).includes("read"), "the receipt")
    expect((await post(`${at}/about`, { text: "ocupado" })).status).toBe(200)
    expect((await del(`${at}/devices`)).status).toBe(200)
    expect((await post(`${at}/reinstall`, {})).status).toBe(200)
    await post(`${at}/messages`, { to: number, text: "teléfono nuevo" })
    await until(() => client.received("teléfono nuevo") !== undefined, "its message")
    expect(client.received("teléfono nuevo")?.key.remoteJidAlt).toBeUndefined()
  })

  it("edit, react to, reply to and revoke messages", async () => {
    const { client, number } = await sandbox.loggedIn()
    await post("/contacts", { number: "5491166660003" })
    const say = async (message: object): Promise<string> => {
      const { status, body } = await post<{ id: string }>("/contacts/5491166660003/messages", {
        to: number,
        ...message
      })
      expect(status).toBe(200)
      return body.id
    }
    const id = await say({ text: "one" })
    await say({ text: "two", edit: id })
    await say({ react: "👍", target: id })
    await say({ text: "about it", quote: id })
    await say({ revoke: id })
    await until(() => client.updates.some(({ key, update }) => key.id === id && update.message === null), "the revoke")
  })

  it("create groups, show typing and presence, and call", async () => {
    const { client, number } = await sandbox.loggedIn()
    await post("/contacts", { number: "5491166660004" })
    const { body } = await post<{ id: string }>("/contacts/5491166660004/groups", {
      subject: "Friends",
      members: [number]
    })
    await post("/contacts/5491166660004/messages", { to: body.id, text: "welcome" })
    await until(() => client.received("welcome"), "the text")
    const seen: string[] = []
    client.sock.ev.on("presence.update", ({ presences }) => {
      seen.push(...Object.values(presences).map(({ lastKnownPresence }) => lastKnownPresence))
    })
    client.sock.ev.on("call", (calls) => seen.push(...calls.map(({ status }) => status)))
    await client.sock.presenceSubscribe("5491166660004@s.whatsapp.net")
    await until(() => seen.length === 1, "presence")
    await post("/contacts/5491166660004/presence", { available: true })
    await post("/contacts/5491166660004/typing", { to: number, state: "composing" })
    await post("/contacts/5491166660004/calls", { to: number })
    await until(() => seen.length === 4, "the call")
    expect(seen).toEqual(["unavailable", "available", "composing", "offer"])
  })
})

describe("faults and stats", () => {
  it("are ordered and cleared", async () => {
    const { client, number } = await sandbox.loggedIn()
    expect(await post("/faults", { kind: "failure", code: "403", number, untilCleared: true })).toEqual({
      status: 200,
      body: {}
    })
    await until(() => client.closes.length > 0, "the end of the socket")
    await expect(client.open()).rejects.toThrow("closed with 403")
    expect(await del("/faults")).toEqual({ status: 200, body: {} })
    await client.open()
  })

  it("are counted", async () => {
    const { body } = await get<Stats>("/stats")
    expect(body).toMatchObject({ unknownIqs: 0, duplicateMessageIds: 0, socketsAtOnce: 1 })
    expect(body.connections).toBeGreaterThan(0)
    expect(body.messages).toBeGreaterThan(0)
    expect(body.receipts).toBeGreaterThan(0)
  })

  it.each([
    [{}, '"kind" must be one of stream, failure'],
    [{ kind: "nonsense" }, '"kind" must be one of stream, failure'],
    [{ kind: "failure" }, '"code" must be a number'],
    [{ kind: "failure", code: -1 }, '"code" must be a number'],
    [{ kind: "latency" }, '"ms" must be a number'],
    [{ kind: "iq_error" }, '"xmlns" must be'],
    [{ kind: "download_cut", number: "5491155550001" }, "affects every client"],
    [{ kind: "mute", number: "123" }, "is not a phone number"],
    [{ kind: "upgrade", code: 503, number: "5491155550001" }, "affects every client"],
    [{ kind: "mute", untilCleared: "yes" }, '"untilCleared" must be true or false']
  ])("with a wrong field are refused, and the error names it: %j", async (fault, error) => {
    expect(await post("/faults", fault)).toEqual({ status: 400, body: { error: expect.stringContaining(error) } })
  })
})

describe("an invalid request", () => {
  it.each([
    ["POST", "/phones", { number: "123" }, 400, "is not a phone number"],
    ["POST", "/phones", { number: "+5491155550001" }, 400, "is not a phone number"],
    ["POST", "/phones", { number: 5_491_155_550_001 }, 400, '"number" must be a text'],
    ["POST", "/phones", {}, 400, '"number" must be a text'],
    ["POST", "/phones", [], 400, "must be a JSON object"],
    ["POST", "/phones", "{", 400, "not JSON"],
    ["POST", "/contacts", { number: "5491166660009", behaviour: "sings" }, 400, "must be one of echo, silent"],
    ["POST", "/contacts", { number: "5491155550001" }, 400, "is a phone already"],
    ["GET", "/phones/5491199999999", undefined, 404, "there is no phone 5491199999999"],
    ["GET", "/contacts/5491155550001/inbox", undefined, 404, "there is no contact 5491155550001"],
    ["POST", "/contacts/5491166660001/messages", { to: "5491199999999", text: "x" }, 400, "is not on this network"],
    ["POST", "/contacts/5491166660001/messages", { to: "5491155550001" }, 400, '"text" must be a text'],
    [
      "POST",
      "/contacts/5491166660001/messages",
      { to: "5491155550001", mediaBase64: "!", mimetype: "a/b" },
      400,
      "must be base64"
    ],
    ["GET", "/nowhere", undefined, 404, "GET / lists the routes"],
    ["DELETE", "/phones", undefined, 405, "/phones accepts GET, POST"],
    ["POST", "/phones", JSON.stringify({ number: "5491155550001", name: "x".repeat(100_000) }), 413, "larger than"]
  ])("is refused, and the error names the reason: %s %s %j", async (method, path, body, status, error) => {
    expect(await call(sandbox.network.controlUrl, method, path, body)).toEqual({
      status,
      body: { error: expect.stringContaining(error) }
    })
  })
})

describe("a request that a web page could send", () => {
  it("is refused when it has an Origin header", async () => {
    const answer = await call(sandbox.network.controlUrl, "GET", "/stats", undefined, {
      origin: "http://127.0.0.1:3000"
    })
    expect(answer).toMatchObject({ status: 403 })
  })

  it("is refused when its Host is not loopback", async () => {
    for (const host of ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
      expect(await call(sandbox.network.controlUrl, "GET", "/stats", undefined, { host })).toMatchObject({
        status: 403
      })
    for (const host of ["localhost", "127.0.0.1:1234", "[::1]:1"])
      expect(await call(sandbox.network.controlUrl, "GET", "/stats", undefined, { host })).toMatchObject({
        status: 200
      })
  })
})

describe("GET /", () => {
  it("lists the routes", async () => {
    const { body } = await get<{ routes: string[] }>("/")
    expect(body.routes.some((route) => route.startsWith("POST /phones/:number/scan"))).toBe(true)
  })
})

describe("groups and profiles", () => {
  it("of a phone or contact are shown and changed", async () => {
    const [ana, bea] = ["5491155550071", "5491166660071"]
    await post("/phones", { number: ana, name: "Ana" })
    await post("/contacts", { number: bea })
    const { id } = (await post(`/phones/${ana}/groups`, { subject: "Friends", members: [bea] })).body
    expect((await get(`/contacts/${bea}/groups`)).body).toMatchObject([
      { id, subject: "Friends", rank: "", members: { [ana]: "superadmin", [bea]: "" } }
    ])
    await post(`/contacts/${bea}/groups/leave`, { id })
    expect((await get(`/contacts/${bea}/groups`)).body).toEqual([])
    expect((await post(`/contacts/${bea}/groups/join`, { code: "none" })).status).toBe(400)
    await post(`/contacts/${bea}/privacy`, { category: "status", value: "contacts" })
    await post(`/contacts/${bea}/saved`, { number: ana, name: "Ana" })
    await post(`/contacts/${bea}/blocked`, { number: ana, blocked: true })
    await post(`/contacts/${bea}/business`, { description: "Bread", websites: ["https://example.org"] })
    expect((await get(`/contacts/${bea}/profile`)).body).toMatchObject({
      privacy: { status: "contacts" },
      blocked: [ana],
      business: { description: "Bread" }
    })
    expect((await post(`/contacts/${bea}/privacy`, { category: "online", value: "none" })).status).toBe(400)
    expect((await post(`/contacts/${bea}/picture`, { base64: "AAAA" })).status).toBe(400)
    expect((await post(`/contacts/${bea}/picture`)).status).toBe(200)
  })

  it("of a phone are shown as its companions wrote them", async () => {
    const { client, number } = await sandbox.loggedIn()
    await client.sock.chatModify({ pin: true }, "5491166660072@s.whatsapp.net")
    const appState = async () => (await get<{ chats: object }>(`/phones/${number}/app-state`)).body
    await until(async () => Object.keys((await appState()).chats).length > 0, "the pin")
    expect(await appState()).toMatchObject({ chats: { "5491166660072@s.whatsapp.net": { pinned: true } }, flaws: [] })
  })
})
