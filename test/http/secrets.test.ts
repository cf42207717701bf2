/** Secrets are neither in the log at its most detailed level, nor unencrypted in the files. */
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { connect } from "node:net"
import { once } from "node:events"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { format } from "node:util"
import { Effect } from "effect"
import jsqr from "jsqr"
import { PNG } from "pngjs"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { UseCaseServices } from "../../src/http/runtime.ts"
import { AuthState, type AuthStateShape } from "../../src/store/auth-state.ts"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { follow } from "./support/follower.ts"
import { Page } from "./support/page.ts"

const ME = "51948907640"
const CONTACT = "51999999999"
const MASTER_KEY = createHash("sha256").update("the master key of this test").digest("hex")
const PASSWORDS = ["la contraseña de siempre", "una contraseña nueva", "una contraseña equivocada"] as const
const [PASSWORD, NEXT_PASSWORD, WRONG_PASSWORD] = PASSWORDS
const TEXTS = ["Su saldo es S/ 1234.50", "El anticipo secreto", "¿Cuánto debo? 4321", "Leyenda confidencial"] as const
const [SENT, REFUSED, RECEIVED, CAPTION] = TEXTS
const FILE = Buffer.from("%PDF-1.4 el contenido de la factura")

let gateway: TestGateway
/** Everything written to the log, and to the console by code that does not use the log. */
const written: string[] = []
const tokens: string[] = []
const qrs: string[] = []
const codes: string[] = []
let device: number

beforeAll(async () => {
  for (const method of ["log", "info", "warn", "error", "debug", "trace"] as const) {
    vi.spyOn(console, method).mockImplementation((...given) => void written.push(format(...given)))
  }
  gateway = await TestGateway.start({
    env: { LOG_LEVEL: "trace", MASTER_KEY, SEND_ACK_TIMEOUT_MS: "500", RETRY_FIRST_MS: "50" },
    log: { write: (line) => void written.push(line) }
  })
  await mainRoad()
})
afterAll(async () => {
  vi.restoreAllMocks()
  await gateway[Symbol.asyncDispose]()
})

/** An ordinary day, and the failures of a bad one. */
const mainRoad = async (): Promise<void> => {
  const { network } = gateway
  const contact = network.addContact(CONTACT, { behaviour: "echo" })
  const first = await gateway.user(ME, PASSWORD)
  const login = (password: string) => gateway.post("/api/login", { numero: ME, password })
  const token = (await login(PASSWORD)).body.token as string
  tokens.push(first, token)
  await login(WRONG_PASSWORD)

  const { ticket } = (await gateway.post("/v1/stream/ticket", {}, { token })).body
  tokens.push(ticket)
  await using follower = await follow(gateway, `?after=0&ticket=${ticket}`)
  await using _page = await new Page(gateway.url, { query: { token } }).connected()
  await gateway.get(`/ws/nobody?apiKey=${OPERATOR_KEY}`)
  const phone = network.addPhone(ME)
  await gateway.post("/api/add-device", { numero: ME, nombre: "Caja 1" }, { token })
  const image = await gateway.qr(token, ME)
  qrs.push(textOf(image), (await until(() => follower.secrets[0], "the QR")).qr ?? "")
  await phone.scanQr(image)
  await gateway.untilState(token, ME, "CONNECTED")
  device = (await gateway.get(`/v1/devices/${ME}`, { token })).body.deviceNumber

  const second = network.addPhone("51948907641")
  await gateway.post("/v1/devices", { number: second.number }, { token })
  const number = { number: second.number }
  const { code } = (await gateway.post(`/v1/devices/${second.number}/pairing-code`, number, { token })).body
  codes.push(code)
  await second.enterCode(code)
  await gateway.untilState(token, second.number, "CONNECTED")

  const send = (message: string) => gateway.post("/api/send-message", { number: CONTACT, message }, { token })
  expect((await send(SENT)).status).toBe(200)
  const file = { mediatype: "document", media: FILE.toString("base64"), filename: "factura.pdf", caption: CAPTION }
  expect((await gateway.post("/api/send-whatsap", { number: CONTACT, ...file }, { token })).status).toBe(200)
  await contact.send(ME, { text: RECEIVED })
  await until(() => follower.events.some(({ data }) => data.content?.text === RECEIVED), "the message")

  network.fault({ kind: "ack_error", code: 463, number: ME })
  expect((await send(REFUSED)).status).toBe(500)
  network.fault({ kind: "mute", number: ME })
  expect((await send(SENT)).status).toBe(504)
  network.clearFaults()
  network.fault({ kind: "terminate", number: ME })
  await badRequests(token)
  await gateway.restart()
  await gateway.untilState(token, ME, "CONNECTED")
  const change = { numero: ME, password: NEXT_PASSWORD, passwordActual: PASSWORD }
  expect((await gateway.post("/api/registro", change, { token })).status).toBe(200)
  tokens.push((await login(NEXT_PASSWORD)).body.token)
}

/** Each of these requests carries a secret in the wrong place. */
const badRequests = async (token: string): Promise<void> => {
  await gateway.get(`/api/status?numero=${ME}&token=${token}`, { token: `${token}0` })
  await gateway.get(`/api/%zz?token=${token}`)
  await gateway.get(`/v1/devices/${"x".repeat(300)}?token=${token}`, { token })
  await gateway.get(`/nada/${token}`)
  await gateway.call("POST", "/api/login", { raw: `{"numero":"${ME}","password":"${PASSWORD}` })
  await gateway.post("/v1/devices", { number: ME, password: PASSWORD }, { token })
  await gateway.get("/api/connections", { headers: { "x-api-key": `${OPERATOR_KEY}0` } })
  await gateway.get("/api/connections", { operator: true })
  const socket = connect(gateway.gateway.port, "127.0.0.1")
  socket.write(`GET /api/status HTTP/1.1\r\nAuthorization: Bearer ${token}\r\nbroken\r\n\r\n`)
  await once(socket.resume(), "close")
}

const textOf = (dataUrl: string): string => {
  const { data, width, height } = PNG.sync.read(Buffer.from(dataUrl.split(",")[1] ?? "", "base64"))
  const decode = jsqr as unknown as (data: Uint8ClampedArray, width: number, height: number) => { data: string } | null
  return decode(new Uint8ClampedArray(data), width, height)?.data ?? ""
}

/** What Baileys keeps for the device, decrypted: some rows of each category, as text. */
const credentials = async (): Promise<readonly string[]> => {
  const service = AuthState as unknown as Effect.Effect<AuthStateShape, never, UseCaseServices>
  const store = await gateway.gateway.runtime.runPromise(service)
  const database = new DatabaseSync(join(gateway.directory, "bitacora.db"), { readOnly: true })
  const names = database.prepare("SELECT category, key_id FROM auth_state WHERE device = ?").all(device)
  database.close()
  const texts: string[] = []
  for (const [category, rows] of Map.groupBy(names, (row) => String(row.category))) {
    const ids = rows.slice(0, 5).map((row) => String(row.key_id))
    const found = await Effect.runPromise(store.read(device, category, ids))
    texts.push(...[...found.values()].map((row) => Buffer.from(row).toString("utf8")))
  }
  return texts
}

/** Every key in these rows, private or not. */
const keysIn = (texts: readonly string[]): readonly Buffer[] =>
  texts.flatMap((text) =>
    [...text.matchAll(/[A-Za-z0-9+/]{42,}={0,2}/g)].map(([base64]) => Buffer.from(base64, "base64")).slice(0, 40)
  )

/** A secret in the forms in which code may write it. */
const forms = (secret: string | Buffer): readonly string[] => {
  const bytes = Buffer.from(secret)
  const base64 = bytes.toString("base64")
  const shown = [base64, base64.replace(/=+$/, ""), bytes.toString("base64url"), bytes.toString("hex"), bytes.join(",")]
  return typeof secret === "string" ? [secret, JSON.stringify(secret).slice(1, -1), ...shown] : shown
}

const hex = (text: string): Buffer => Buffer.from(text, "hex")

describe("[SEC-4] the log, at level trace", () => {
  it("says what happened", () => {
    const lines = written.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as { msg?: string })
    const messages = lines.map(({ msg }) => msg)
    expect(messages).toEqual(expect.arrayContaining(["device.paired", "connection.lost", "response sent"]))
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: "response sent", route: "/api/send-whatsap", status: 200 })
    )
    expect(lines.filter((line) => "baileys" in line)).not.toEqual([])
  })

  const holds = (secrets: readonly (string | Buffer)[]): readonly string[] => {
    const all = written.join("\n")
    return secrets.flatMap(forms).filter((form) => all.includes(form))
  }

  it("contains no token and no ticket", () => {
    expect(tokens).toHaveLength(4)
    expect(holds(tokens)).toEqual([])
    expect(holds([hex(tokens[0] ?? "")])).toEqual([])
  })

  it("contains no password", () => {
    expect(holds(PASSWORDS)).toEqual([])
  })

  it("contains neither the operator's key nor the master key", () => {
    expect(holds([OPERATOR_KEY, MASTER_KEY, hex(MASTER_KEY)])).toEqual([])
  })

  it("contains no QR, nor a part of one", () => {
    expect(qrs[0]).toMatch(/,/)
    expect(qrs[1]).toBe(qrs[0])
    expect(holds(qrs.flatMap((qr) => [qr, ...qr.split(",").filter((part) => part.length > 20)]))).toEqual([])
  })

  it("contains no pairing code", () => {
    expect(codes).toEqual([expect.stringMatching(/^[0-9A-Z]{8}$/)])
    expect(holds(codes)).toEqual([])
  })

  it("contains no message and no file", () => {
    expect(holds([...TEXTS, FILE])).toEqual([])
  })

  it("contains no key of WhatsApp's encryption", async () => {
    const texts = await credentials()
    const keys = keysIn(texts)
    expect(texts.length).toBeGreaterThan(5)
    expect(keys.length).toBeGreaterThan(20)
    expect(holds(keys)).toEqual([])
  })
})

describe("[SEC-4] the data directory", () => {
  /** Every file with its bytes, including the write-ahead log. */
  const files = (): readonly (readonly [string, Buffer])[] =>
    readdirSync(gateway.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name))] as const)

  const holders = (needles: readonly (string | Buffer)[]): readonly string[] =>
    files().flatMap(([name, bytes]) => needles.filter((needle) => bytes.includes(needle)).map(() => name))

  const check = async () => {
    const names = files().map(([name]) => name)
    expect(names).toContain("bitacora.db")
    // Data that is not secret is found in plain text, which proves that the search works.
    expect(
      holders([
        SENT,
        createHash("sha256")
          .update(tokens[1] ?? "")
          .digest()
      ])
    ).not.toEqual([])
    expect(holders(tokens.flatMap((token) => [token, hex(token)]).filter((needle) => needle.length > 16))).toEqual([])
    expect(holders(PASSWORDS)).toEqual([])
    expect(holders([OPERATOR_KEY, MASTER_KEY, hex(MASTER_KEY)])).toEqual([])
    expect(holders([...qrs, ...codes])).toEqual([])
  }

  it("[SEC-2] contains neither tokens nor passwords nor QRs while the gateway runs", check)

  it("contains no credentials in plain text", async () => {
    const texts = await credentials()
    const creds = texts.find((text) => text.includes('"noiseKey"')) ?? ""
    const noise = creds.match(/"noiseKey":\{"private":\{"type":"Buffer","data":"([^"]+)"/)?.[1] ?? ""
    expect(Buffer.from(noise, "base64")).toHaveLength(32)
    const keys = [Buffer.from(noise, "base64"), ...keysIn(texts)]
    expect(
      holders(keys.flatMap((key) => [key, key.toString("base64").replace(/=+$/, ""), key.toString("hex")]))
    ).toEqual([])
  })

  it("[SEC-2] contains none after a stop, which moves everything into the database", async () => {
    await gateway.restart()
    await check()
  })
})
