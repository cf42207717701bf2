/** What phones and the server do to a client that is to be linked, as WhatsApp does since July 2026. */
import { DEFAULT_CONNECTION_CONFIG, S_WHATSAPP_NET, type WAVersion } from "@whiskeysockets/baileys"
import { afterEach, describe, expect, it } from "vitest"
import type { Phone } from "../../src/sandbox/people/phone.ts"
import { child } from "../../src/sandbox/wire/stanza.ts"
import { type BareClient, until } from "./support/bare-client.ts"
import { call } from "./support/control.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork({ pingMs: 20, unauthenticatedMs: 1_000, finishMs: 200 })
const [major, minor, bundled] = DEFAULT_CONNECTION_CONFIG.version

afterEach(() => {
  sandbox.network.clearFaults()
  sandbox.network.setVersions({ latest: bundled, minimumForLogin: 0, minimumForLinks: 0, isReachable: true })
})

const waiting = async (config: Parameters<typeof sandbox.client>[0] = {}): Promise<[Phone, BareClient]> => {
  const phone = sandbox.network.addPhone(sandbox.newNumber())
  const client = sandbox.client(config)
  client.connect()
  await until(() => client.qr, "qr")
  return [phone, client]
}

/** Requests a code as Baileys does, and waits until the server has the request. */
const withCode = async (code = "ABCDEFGH"): Promise<[Phone, BareClient]> => {
  const [phone, client] = await waiting()
  await client.sock.requestPairingCode(phone.number, code)
  await client.sock.query({ tag: "iq", attrs: { to: S_WHATSAPP_NET, type: "get", xmlns: "w:p" } })
  return [phone, client]
}

const noticed = (client: BareClient, type: string) =>
  until(() => client.notifications.some(({ attrs }) => attrs["type"] === type), type)

describe("a phone that refuses the secret of a QR", () => {
  it.each(["companion_reg_refresh", "pair-device-rotate-qr"] as const)(
    "has the client asked for another one with %s, and links a QR that has one",
    async (name) => {
      const [phone, client] = await waiting()
      sandbox.network.fault({ kind: "refuse_secret", number: phone.number, child: name })
      await expect(phone.scanQr(client.qr ?? "")).rejects.toThrow("try again")
      await noticed(client, "companion_reg_refresh")
      expect(child(client.notifications[0], name)).toBeDefined()
      await expect(phone.scanQr(client.qr ?? "")).rejects.toThrow("has refused this QR before")
      const parts = (client.qr ?? "").split(",")
      const secret = Buffer.alloc(32, 7).toString("base64")
      client.auth.creds.advSecretKey = secret
      await expect(phone.scanQr(parts.with(3, secret).join(","))).resolves.toEqual({ device: 33 })
    }
  )

  it("links the same QR later when the notice had no child, which asks for nothing", async () => {
    const [phone, client] = await waiting()
    sandbox.network.fault({ kind: "refuse_secret", number: phone.number, child: "none" })
    await expect(phone.scanQr(client.qr ?? "")).rejects.toThrow("try again")
    await noticed(client, "companion_reg_refresh")
    expect(client.notifications[0]?.content).toBeUndefined()
    await expect(phone.scanQr(client.qr ?? "")).resolves.toEqual({ device: 33 })
  })

  it("knows whether the client has acknowledged; Baileys alone does not before a login", async () => {
    const [phone, client] = await waiting()
    sandbox.network.fault({ kind: "refuse_secret", number: phone.number })
    await expect(phone.scanQr(client.qr ?? "")).rejects.toThrow("try again")
    await noticed(client, "companion_reg_refresh")
    const [notice] = sandbox.network.notices.filter(({ type }) => type === "companion_reg_refresh").slice(-1)
    expect(notice?.isAcknowledged).toBe(false)
    const attrs = { id: notice?.id ?? "", to: S_WHATSAPP_NET, class: "notification", type: "companion_reg_refresh" }
    await client.sock.sendNode({ tag: "ack", attrs })
    await until(() => notice?.isAcknowledged, "the ack")
    const { body } = await call<{ id: string }[]>(sandbox.network.controlUrl, "GET", "/notices")
    expect(body).toContainEqual({ ...notice })
  })
})

describe("the server refuses a pairing code", () => {
  const hello = (client: BareClient, display: string, id = "1") =>
    client.sock.query({
      tag: "iq",
      attrs: { to: S_WHATSAPP_NET, type: "set", xmlns: "md" },
      content: [
        {
          tag: "link_code_companion_reg",
          attrs: { jid: "5491155550001@s.whatsapp.net", stage: "companion_hello" },
          content: [
            {
              tag: "link_code_pairing_wrapped_companion_ephemeral_pub",
              attrs: {},
              content: Buffer.alloc(80)
            },
            { tag: "companion_platform_id", attrs: {}, content: id },
            { tag: "companion_platform_display", attrs: {}, content: display }
          ]
        }
      ]
    })

  it.each([
    ["Chrome (Acme)", "1"],
    ["Bitácora (Linux)", "1"],
    ["Chrome", "1"],
    ["Chrome (Windows)", "7"]
  ])("for a client that calls itself %s, platform %s", async (display, id) => {
    const [, client] = await waiting()
    await expect(hello(client, display, id)).rejects.toMatchObject({ message: "bad-request", data: 400 })
  })

  it("of no client with a common name", async () => {
    const [, client] = await waiting()
    await expect(hello(client, "Chrome (Linux)")).resolves.toMatchObject({ attrs: { type: "result" } })
  })

  it.each([
    [400, "bad-request"],
    [403, "forbidden"],
    [429, "rate-overlimit"],
    [452, "feature-not-available"],
    [500, "internal-server-error"]
  ])("with %i when it is ordered to, and how long to wait", async (code, text) => {
    const [, client] = await waiting()
    sandbox.network.fault({ kind: "refuse_code", code, backoff: 60 })
    const heard: unknown[] = []
    client.sock.ws.on("CB:iq,type:error", (node) => heard.push(node))
    await expect(hello(client, "Chrome (Linux)")).rejects.toMatchObject({ message: text, data: code })
    expect(child(heard[0] as never, "error")?.attrs).toEqual({ code: String(code), text, backoff: "60" })
  })
})

describe("a client whose code is entered", () => {
  it.each([
    ["empty", "primary_hello", undefined],
    ["refresh_code", "refresh_code", undefined],
    ["forced_refresh_code", "refresh_code", "true"]
  ] as const)("gets the notice %s in place of the phone's key", async (notice, stage, forced) => {
    const [phone, client] = await withCode()
    sandbox.network.fault({ kind: "code_notice", number: phone.number, notice })
    await expect(phone.enterCode("ABCDEFGH")).rejects.toThrow()
    await noticed(client, "link_code_companion_reg")
    const node = child(client.notifications[0], "link_code_companion_reg")
    expect(node?.attrs).toEqual({ stage, ...(forced === undefined ? {} : { force_manual_refresh: forced }) })
  })

  it("is asked for a passkey after an empty notice, as an account with one does", async () => {
    const [phone, client] = await withCode()
    sandbox.network.fault({ kind: "code_notice", number: phone.number, notice: "empty" })
    sandbox.network.fault({ kind: "passkey", number: phone.number, times: 1 })
    await expect(phone.enterCode("ABCDEFGH")).resolves.toEqual({ passkey: true })
    await noticed(client, "passkey_prologue_request")
  })

  it("hears nothing of a phone that types an older code", async () => {
    const [phone, client] = await withCode("OLDCODE1")
    await client.sock.requestPairingCode(phone.number, "NEWCODE1")
    await client.sock.query({ tag: "iq", attrs: { to: S_WHATSAPP_NET, type: "get", xmlns: "w:p" } })
    await expect(phone.enterCode("OLDCODE1")).rejects.toThrow("the code is wrong")
    expect(client.closes).toEqual([])
  })

  it("hears nothing after companion_finish when it is ordered so", async () => {
    const [phone, client] = await withCode()
    sandbox.network.fault({ kind: "refuse_finish", number: phone.number })
    await expect(phone.enterCode("ABCDEFGH")).rejects.toThrow("did not continue")
    expect([phone.companions, client.closes]).toEqual([[], []])
  })
})

describe("versions of WhatsApp Web", () => {
  const version = (third: number): { version: WAVersion } => ({ version: [major, minor, third] })

  it("that are too old for a link: the phone refuses, and the client hears nothing", async () => {
    sandbox.network.setVersions({ minimumForLinks: 2_000 })
    const [phone, client] = await waiting(version(1_999))
    await expect(phone.scanQr(client.qr ?? "")).rejects.toThrow("too old")
    expect([client.notifications, client.closes]).toEqual([[], []])
  })

  it("that are too old at all: 405, for a registration and for a login", async () => {
    const { number } = await sandbox.loggedIn(version(1_999))
    sandbox.network.setVersions({ minimumForLogin: 2_000 })
    const client = sandbox.client(version(1_999))
    client.connect()
    await until(() => client.closes.length > 0, "the end")
    expect(client.closes).toEqual([405])
    expect(sandbox.network.phone(number).companions).toHaveLength(1)
  })

  it("stand in the service worker, unless it is not to be reached", async () => {
    const { versionUrl, controlUrl } = sandbox.network
    await call(controlUrl, "POST", "/versions", { latest: 1_046_865_705 })
    const text = await (await fetch(versionUrl)).text()
    expect(text).toMatch(/\\"client_revision\\":1046865705/)
    await call(controlUrl, "POST", "/versions", { isReachable: false })
    expect((await fetch(versionUrl)).status).toBe(503)
    expect(await call(controlUrl, "GET", "/versions")).toMatchObject({ body: { latest: 1_046_865_705 } })
  })
})

describe("a client that waits to be paired", () => {
  it("is pinged, and its stream ends when it has waited too long", async () => {
    const [, client] = await waiting()
    await until(() => client.closes.length > 0, "the end")
    expect(client.closes).toEqual([428])
    expect(sandbox.network.notices.filter(({ type }) => type === "ping").length).toBeGreaterThan(1)
  })
})
