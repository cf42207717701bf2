/** The WHATSAPP25 dialect to the letter: every route, response and error of its contract. */
import { createHash } from "node:crypto"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { connect } from "node:net"
import { DatabaseSync } from "node:sqlite"
import { join } from "node:path"
import Fastify from "fastify"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sendFailure } from "../../src/http/dialect.ts"
import { whatsapp25 } from "../../src/http/routes/whatsapp25/dialect.ts"
import { stateWord } from "../../src/http/routes/whatsapp25/words.ts"
import type { Fault } from "../../src/sandbox/faults/fault.ts"
import { TestGateway } from "../support/gateway.ts"
import type { Answer, CallOptions } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { jpeg, mp3, mp4, png, unknownBytes, voice } from "../support/sample-files.ts"

const ME = "51948907640"
/** A user without a device with the user's own number. */
const OFFICE = "51957369615"
const STRANGER = "51911111111"
const CONTACT = "51999999999"
const NOT_ON_WHATSAPP = "51900000000"
const NEVER_ADDED = "51922222222"
const PASSWORD = "correct horse"
const ATTACHMENT_MAX = 100_000
const ACK_TIMEOUT_MS = 1_000

const TOKEN = /^[0-9a-f]{64}$/
const MESSAGE_ID = expect.stringMatching(/^3EB0[0-9A-F]+$/)
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

const MALFORMED_NUMBERS = [
  "+51948907640",
  "51 948 907 640",
  "51-948-907-640",
  " 51948907640",
  "51948907640\n",
  "1234567",
  "1234567890123456",
  "51948907640a",
  "٥١٩٤٨٩٠٧٦٤٠",
  -51948907640,
  51948907640.5,
  1e21,
  0
]

let gateway: TestGateway
let me: string
let office: string
let stranger: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: {
      DEVICES_PER_USER_MAX: "3",
      MAX_ATTACHMENT_SIZE: String(ATTACHMENT_MAX),
      SEND_ACK_TIMEOUT_MS: String(ACK_TIMEOUT_MS),
      DEVICE_OUTBOX_MAX: "2",
      FAILED_LOGINS_MAX: "10000",
      WRONG_TOKENS_MAX: "10000",
      RETRY_FIRST_MS: "50",
      RETRY_REPLACED_MS: "50",
      // No ping disturbs a network that is told to be silent.
      WA_KEEP_ALIVE_MS: "300000"
    },
    network: { prekeyCount: 100 }
  })
  gateway.network.addContact(CONTACT)
  me = await gateway.user(ME)
  office = await gateway.user(OFFICE)
  stranger = await gateway.user(STRANGER)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const get = (path: string, token?: string) => gateway.get(path, token === undefined ? {} : { token })
const post = (path: string, body: unknown, token?: string, options: CallOptions = {}) =>
  gateway.post(path, body, { ...options, ...(token === undefined ? {} : { token }) })

/** Checks the status, and the body with its fields in this order. */
const exactly = (answer: Answer, status: number, body: object): void => {
  expect({ status: answer.status, body: answer.body }).toEqual({ status, body })
  expect(Object.keys(answer.body)).toEqual(Object.keys(body))
  expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8")
}

const later = (answer: Answer, status: number, error: string): void => {
  exactly(answer, status, { error })
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1)
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")
const instance = (numero: string): string => Buffer.from(numero).toString("base64")
const addDevice = (numero: string, token: string) => post("/api/add-device", { numero, nombre: "Caja 1" }, token)
const status = (numero: string, token: string) => get(`/api/status?numero=${numero}`, token)

describe("the life of a device, as its user sees it", () => {
  it("a number that was never added is NONE", async () => {
    exactly(await status(NEVER_ADDED, me), 200, {
      ready: false,
      hasQr: false,
      state: "NONE",
      numero: NEVER_ADDED,
      connectedAt: null,
      disconnectedAt: null
    })
    exactly(await get(`/api/qr?numero=${NEVER_ADDED}`, me), 404, { error: "Dispositivo no encontrado" })
  })

  it("adding it starts it at once: INIT, and not ready", async () => {
    gateway.network.fault({ kind: "mute" })
    exactly(await addDevice(ME, me), 200, { message: "Dispositivo agregado correctamente", numero: ME })
    exactly(await status(ME, me), 200, {
      ready: false,
      hasQr: false,
      state: "INIT",
      numero: ME,
      connectedAt: null,
      disconnectedAt: null
    })
    exactly(await get(`/api/qr?numero=${ME}`, me), 404, { error: "QR no disponible", state: "INIT" })
    exactly(await post("/api/send-message", { number: CONTACT, message: "Hola" }, me), 400, {
      error: "Sesión de WhatsApp no lista",
      device: ME,
      state: "INIT"
    })
  })

  it("then it shows a QR, as a PNG in a data URL", async () => {
    gateway.network.clearFaults()
    await gateway.qr(me, ME)
    const answer = await get(`/api/qr?numero=${ME}`, me)
    exactly(answer, 200, { qr: expect.stringMatching(/^data:image\/png;base64,iVBORw0KGgo/), numero: ME })
    expect((await status(ME, me)).body).toMatchObject({ ready: false, hasQr: true, state: "QR" })
  })

  it("adding it again while it shows a QR returns the same and disturbs nothing", async () => {
    const before = await gateway.events(me, ME)
    exactly(await addDevice(ME, me), 200, { message: "Dispositivo agregado correctamente", numero: ME })
    expect(await gateway.events(me, ME)).toEqual(before)
  })

  it("after the scan it is LOADING_0 until the percentage is known", async () => {
    const phone = gateway.network.addPhone(ME)
    // For now, the login after the pairing gets no response.
    gateway.network.fault({ kind: "mute", number: ME })
    await phone.scanQr(await gateway.qr(me, ME))
    await gateway.untilState(me, ME, "LOADING_0")
    exactly(await get(`/api/qr?numero=${ME}`, me), 404, { error: "QR no disponible", state: "LOADING_0" })
    exactly(await post("/api/send-message", { number: CONTACT, message: "Hola" }, me), 400, {
      error: "Sesión de WhatsApp no lista",
      device: ME,
      state: "LOADING_0"
    })
  })

  it.each([
    [null, "LOADING_0"],
    [0, "LOADING_0"],
    [37, "LOADING_37"],
    [100, "LOADING_100"]
  ])("LOADING at %s percent is %s", (syncPercent, word) => {
    expect(stateWord({ state: "LOADING", syncPercent })).toBe(word)
    expect(stateWord({ state: "CONNECTED", syncPercent })).toBe("CONNECTED")
  })

  it("then it is CONNECTED and ready", async () => {
    gateway.network.clearFaults()
    await gateway.untilState(me, ME, "CONNECTED")
    const answer = await status(ME, me)
    exactly(answer, 200, {
      ready: true,
      hasQr: false,
      state: "CONNECTED",
      numero: ME,
      connectedAt: expect.any(Number),
      disconnectedAt: null
    })
    expect(Math.abs(Date.now() - answer.body.connectedAt)).toBeLessThan(60_000)
    exactly(await get(`/api/qr?numero=${ME}`, me), 404, { error: "QR no disponible", state: "CONNECTED" })
  })

  it("when the connection is lost it is RECONNECTING, and reconnects on its own", async () => {
    gateway.network.fault({ kind: "upgrade", code: 503 })
    gateway.network.fault({ kind: "terminate", number: ME })
    await gateway.untilState(me, ME, "RECONNECTING")
    exactly(await status(ME, me), 200, {
      ready: false,
      hasQr: false,
      state: "RECONNECTING",
      numero: ME,
      connectedAt: expect.any(Number),
      disconnectedAt: expect.any(Number)
    })
    gateway.network.clearFaults()
    await gateway.untilState(me, ME, "CONNECTED")
    expect((await status(ME, me)).body.disconnectedAt).toBeNull()
  })

  it("after its user disconnects it, it is NONE, keeps its credentials, and stays so after a restart", async () => {
    exactly(await post("/api/disconnect", { numero: ME }, me), 200, {
      message: `Dispositivo ${ME} desconectado correctamente`
    })
    expect((await status(ME, me)).body).toMatchObject({ ready: false, state: "NONE" })
    await gateway.restart()
    expect(await gateway.state(me, ME)).toBe("NONE")
    exactly(await post("/api/send-message", { number: CONTACT, message: "Hola" }, me), 400, {
      error: "Sesión de WhatsApp no lista",
      device: ME,
      state: "NONE"
    })
  })

  it("disconnecting it again returns the same", async () => {
    exactly(await post("/api/disconnect", { numero: ME }, me), 200, {
      message: `Dispositivo ${ME} desconectado correctamente`
    })
  })

  it("adding it again connects it without a QR, also after a restart", async () => {
    await addDevice(ME, me)
    await gateway.untilState(me, ME, "CONNECTED")
    await gateway.restart()
    await gateway.untilState(me, ME, "CONNECTED")
    const types = (await gateway.events(me, ME)).map(({ type }) => type)
    expect(types.filter((type) => type === "pairing.qr_issued")).toHaveLength(1)
  })
})

describe("ERROR tells the reason in Spanish, and the action", () => {
  const faults: [string, string, Fault][] = [
    ["WhatsApp bloqueó la cuenta", "wait", { kind: "failure", code: 403 }],
    ["WhatsApp suspendió la cuenta", "wait", { kind: "failure", code: 406 }],
    ["WhatsApp suspendió la cuenta temporalmente", "wait", { kind: "failure", code: 402 }],
    ["WhatsApp exige vincular de nuevo", "relogin", { kind: "downgrade" }],
    ["WhatsApp exige una versión más nueva", "upgrade", { kind: "failure", code: 405, untilCleared: true }],
    ["La sesión fue abierta en otro lugar", "take_over", { kind: "replaced", untilCleared: true }],
    ["La sesión fue cerrada desde el teléfono o por WhatsApp", "relogin", { kind: "logged_out" }]
  ]

  it.each(faults)("%s: %s; adding the device again reconnects it", async (reason, userAction, fault) => {
    gateway.network.fault({ ...fault, number: ME })
    await gateway.untilState(me, ME, "ERROR")
    exactly(await status(ME, me), 200, {
      ready: false,
      hasQr: false,
      state: "ERROR",
      numero: ME,
      connectedAt: expect.any(Number),
      disconnectedAt: expect.any(Number),
      reason,
      userAction
    })
    exactly(await post("/api/send-message", { number: CONTACT, message: "Hola" }, me), 400, {
      error: "Sesión de WhatsApp no lista",
      device: ME,
      state: "ERROR"
    })
    gateway.network.clearFaults()
    await addDevice(ME, me)
    if (fault.kind === "logged_out") await gateway.network.phone(ME).scanQr(await gateway.qr(me, ME))
    await gateway.untilState(me, ME, "CONNECTED")
  })

  it("a phone with another number is logged out", async () => {
    const wrong = gateway.network.addPhone("51933333333")
    await addDevice(NOT_ON_WHATSAPP, stranger)
    await wrong.scanQr(await gateway.qr(stranger, NOT_ON_WHATSAPP))
    await gateway.untilState(stranger, NOT_ON_WHATSAPP, "ERROR")
    expect((await status(NOT_ON_WHATSAPP, stranger)).body).toMatchObject({
      state: "ERROR",
      reason: "El número vinculado no coincide",
      userAction: "relogin"
    })
    expect(wrong.companions).toEqual([])
  })

  it("an account that requires a passkey is LOADING, not ERROR, until its owner has signed in /v1", async () => {
    const guarded = gateway.network.addPhone("51944444444")
    gateway.network.fault({ kind: "passkey", number: guarded.number, times: 1 })
    await addDevice(guarded.number, stranger)
    await guarded.scanQr(await gateway.qr(stranger, guarded.number))
    await gateway.untilState(stranger, guarded.number, "LOADING_0")
    expect((await status(guarded.number, stranger)).body).toMatchObject({ ready: false, hasQr: false })
    expect((await gateway.get(`/api/qr?numero=${guarded.number}`, { token: stranger })).status).toBe(404)
  })
})

describe("missing fields are reported before wrong ones", () => {
  /** A complete body for each route that takes one, and its field with a number. */
  const routes: [string, string, Record<string, unknown>][] = [
    ["/api/registro", "numero", { numero: ME, password: PASSWORD }],
    ["/api/login", "numero", { numero: ME, password: PASSWORD }],
    ["/api/add-device", "numero", { numero: ME, nombre: "Caja 1" }],
    ["/api/disconnect", "numero", { numero: ME }],
    ["/api/send-message", "number", { number: CONTACT, message: "Hola" }],
    ["/api/send-whatsap", "number", { number: CONTACT, mediatype: "document", media: "aG9sYQ==", filename: "a.txt" }]
  ]

  it.each(routes)("%s: each missing or empty field is 400 Faltan datos", async (path, numberField, complete) => {
    for (const field of Object.keys(complete)) {
      const { [field]: _, ...rest } = complete
      const bodies = [rest, { ...complete, [field]: "" }, { ...complete, [field]: null }]
      // A malformed number does not hide that another field is missing.
      if (field !== numberField) bodies.push({ ...rest, [numberField]: "+51 948" })
      for (const body of bodies) exactly(await post(path, body, me), 400, { error: "Faltan datos" })
    }
    for (const body of [{}, [], null, "texto", 5]) {
      exactly(await post(path, body, me), 400, { error: "Faltan datos" })
    }
  })

  it.each(routes)(
    "%s: a field of another type is wrong, and not taken as missing",
    async (path, numberField, complete) => {
      for (const field of Object.keys(complete)) {
        for (const value of [{}, [], ["x"], true, false]) {
          const error = field === numberField ? { error: "Número inválido" } : { error: "Datos inválidos", field }
          exactly(await post(path, { ...complete, [field]: value }, me), 400, error)
        }
      }
    }
  )

  it.each([
    ["/api/registro", "passwordActual", { numero: ME, password: PASSWORD }],
    ["/api/send-message", "fromNumber", { number: CONTACT, message: "Hola" }],
    [
      "/api/send-whatsap",
      "fromNumber",
      { number: CONTACT, mediatype: "document", media: "aG9sYQ==", filename: "a.txt" }
    ],
    ["/api/send-whatsap", "caption", { number: CONTACT, mediatype: "document", media: "aG9sYQ==", filename: "a.txt" }]
  ])("%s: %s, which may be left out, of another type is not dropped", async (path, field, complete) => {
    for (const value of [{}, [], ["x"], { a: 1 }, true, false]) {
      exactly(await post(path, { ...complete, [field]: value }, me), 400, { error: "Datos inválidos", field })
    }
  })

  it.each(routes)("%s: each malformed number is 400 Número inválido", async (path, numberField, complete) => {
    for (const malformed of MALFORMED_NUMBERS) {
      exactly(await post(path, { ...complete, [numberField]: malformed }, me), 400, { error: "Número inválido" })
    }
  })

  it.each(["/api/qr", "/api/status"])("%s: the same for ?numero=", async (path) => {
    for (const query of ["", "?numero=", "?numero", "?number=51948907640"]) {
      exactly(await get(path + query, me), 400, { error: "Faltan datos" })
    }
    exactly(await get(`${path}?numero=${ME}&numero=${ME}`, me), 400, { error: "Número inválido" })
    for (const malformed of MALFORMED_NUMBERS) {
      const query = new URLSearchParams({ numero: String(malformed) })
      exactly(await get(`${path}?${query.toString()}`, me), 400, { error: "Número inválido" })
    }
  })

  it.each(routes)("%s: broken JSON is 400 JSON inválido", async (path) => {
    for (const raw of ["{", '{"numero":', "numero=51948907640", "{'numero':1}", " ", '{"__proto__":{"a":1}}', "\0"]) {
      exactly(await gateway.call("POST", path, { token: me, raw }), 400, { error: "JSON inválido" })
    }
  })

  it.each(routes)("%s: no body at all is 400 Faltan datos", async (path) => {
    exactly(await gateway.call("POST", path, { token: me }), 400, { error: "Faltan datos" })
    exactly(await gateway.call("POST", path, { token: me, raw: "" }), 400, { error: "Faltan datos" })
  })

  it.each(routes)(
    "%s: a body with another content type is 400 Se espera application/json",
    async (path, _, complete) => {
      for (const type of [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/xml"
      ]) {
        const answer = await post(path, complete, me, { headers: { "content-type": type } })
        exactly(answer, 400, { error: "Se espera application/json" })
      }
    }
  )

  it.each(routes)("%s with a slash at the end is the same route", async (path) => {
    exactly(await post(`${path}/`, {}, me), 400, { error: "Faltan datos" })
  })

  it("GET routes with a slash at the end are the same", async () => {
    for (const path of ["/api/status", "/api/qr"]) exactly(await get(`${path}/`, me), 400, { error: "Faltan datos" })
    expect((await get("/api/connections/", me)).status).toBe(200)
    expect((await get(`/api/status/?numero=${ME}`, me)).body).toMatchObject({ numero: ME })
    exactly(await get("/api/connections/", undefined), 401, { error: "Token requerido" })
  })

  it("a content type with a charset is JSON as well", async () => {
    const headers = { "content-type": "application/json; charset=UTF-8" }
    expect((await post("/api/login", { numero: ME, password: PASSWORD }, undefined, { headers })).status).toBe(200)
  })
})

describe("POST /api/registro", () => {
  it("a new number gets {token, numero}, and the token works", async () => {
    const answer = await post("/api/registro", { numero: "51950000001", password: PASSWORD })
    exactly(answer, 200, { token: expect.stringMatching(TOKEN), numero: "51950000001" })
    exactly(await get("/api/connections", answer.body.token), 200, [])
  })

  it("accepts the number as a JSON number, and returns it as a string", async () => {
    const answer = await post("/api/registro", { numero: 51950000002, password: PASSWORD })
    exactly(answer, 200, { token: expect.stringMatching(TOKEN), numero: "51950000002" })
  })

  it.each([7, 129])("refuses a password of %i characters", async (length) => {
    exactly(await post("/api/registro", { numero: "51950000003", password: "ñ".repeat(length) }), 400, {
      error: "La contraseña debe tener entre 8 y 128 caracteres"
    })
  })

  it.each([8, 128])("accepts a password of %i characters", async (length) => {
    const credentials = { numero: `519600${String(length).padStart(5, "0")}`, password: "ñ".repeat(length) }
    expect((await post("/api/registro", credentials)).status).toBe(200)
    expect((await post("/api/login", credentials)).status).toBe(200)
  })

  it("for an existing user the right password returns a new token, and the old one stays valid", async () => {
    const first = await gateway.user("51950000004")
    const { status, body } = await post("/api/registro", { numero: "51950000004", password: PASSWORD })
    expect({ status, body }).toEqual({
      status: 200,
      body: { token: expect.stringMatching(TOKEN), numero: "51950000004" }
    })
    expect(body.token).not.toBe(first)
    for (const token of [first, body.token]) expect((await get("/api/connections", token)).status).toBe(200)
  })

  it("for an existing user a wrong password is 401, unless the user or the operator is authenticated", async () => {
    await gateway.user("51950000005")
    const takeover = { numero: "51950000005", password: "another password" }
    exactly(await post("/api/registro", takeover), 401, { error: "Credenciales inválidas" })
    exactly(await post("/api/registro", { ...takeover, passwordActual: "a guess" }), 401, {
      error: "Credenciales inválidas"
    })
    exactly(await post("/api/registro", { ...takeover, passwordActual: PASSWORD }, stranger), 401, {
      error: "Credenciales inválidas"
    })
    exactly(await post("/api/login", takeover), 401, { error: "Credenciales inválidas" })
    expect((await post("/api/login", { ...takeover, password: PASSWORD })).status).toBe(200)
  })

  it("[SEC-2] the operator's key sets a forgotten password, and ends all tokens of the account", async () => {
    const numero = "51950000029"
    const before = await gateway.user(numero)
    const forgotten = { numero, password: "battery staple" }
    const { status, body } = await gateway.post("/api/registro", forgotten, { operator: true })
    expect({ status, body }).toEqual({ status: 200, body: { token: expect.stringMatching(TOKEN), numero } })
    expect((await get("/api/connections", before)).status).toBe(401)
    expect((await get("/api/connections", body.token)).status).toBe(200)
    expect((await post("/api/login", forgotten)).status).toBe(200)
    exactly(await post("/api/login", { numero, password: PASSWORD }), 401, { error: "Credenciales inválidas" })
  })

  it("the user's token with passwordActual changes the password, and revokes the other tokens", async () => {
    const numero = "51950000006"
    const token = await gateway.user(numero)
    const { token: other } = (await post("/api/login", { numero, password: PASSWORD })).body
    const change = { numero, password: "battery staple", passwordActual: PASSWORD }
    exactly(await post("/api/registro", change, token), 200, { token, numero })
    expect((await get("/api/connections", token)).status).toBe(200)
    exactly(await get("/api/connections", other), 401, { error: "Token inválido" })
    exactly(await post("/api/login", { numero, password: PASSWORD }), 401, { error: "Credenciales inválidas" })
    expect((await post("/api/login", { numero, password: "battery staple" })).status).toBe(200)
  })

  it("the token without passwordActual, or with a wrong one, changes nothing", async () => {
    const numero = "51950000007"
    const token = await gateway.user(numero)
    const { token: other } = (await post("/api/login", { numero, password: PASSWORD })).body
    for (const proof of [{}, { passwordActual: "" }, { passwordActual: "battery staple" }]) {
      const answer = await post("/api/registro", { numero, password: "battery staple", ...proof }, token)
      exactly(answer, 401, { error: "Credenciales inválidas" })
    }
    exactly(await post("/api/registro", { numero, password: "short", passwordActual: PASSWORD }, token), 400, {
      error: "La contraseña debe tener entre 8 y 128 caracteres"
    })
    for (const valid of [token, other]) expect((await get("/api/connections", valid)).status).toBe(200)
    expect((await post("/api/login", { numero, password: PASSWORD })).status).toBe(200)
  })

  it("a revoked token changes nothing either", async () => {
    const numero = "51950000008"
    const token = await gateway.user(numero)
    const { token: revoked } = (await post("/api/login", { numero, password: PASSWORD })).body
    await post("/api/registro", { numero, password: "battery staple", passwordActual: PASSWORD }, token)
    const change = { numero, password: "third password", passwordActual: "battery staple" }
    exactly(await post("/api/registro", change, revoked), 401, { error: "Token inválido" })
  })

  it("[SEC-2] no token from a login with the old password outlives the change", async () => {
    const numero = "51950000019"
    const token = await gateway.user(numero)
    const login = () => post("/api/login", { numero, password: PASSWORD })
    const change = { numero, password: "battery staple", passwordActual: PASSWORD }
    const early = Array.from({ length: 8 }, login)
    const changed = post("/api/registro", change, token)
    const answers = await Promise.all([...early, ...Array.from({ length: 8 }, login)])
    expect((await changed).status).toBe(200)
    expect(answers.some(({ status }) => status === 200)).toBe(true)
    for (const { status, body } of answers) {
      if (status === 200) exactly(await get("/api/connections", body.token), 401, { error: "Token inválido" })
      else expect({ status, body }).toEqual({ status: 401, body: { error: "Credenciales inválidas" } })
    }
  })

  it("two registrations of one number at once create one user", async () => {
    const numero = "51950000009"
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => post("/api/registro", { numero, password: `password ${n}` }))
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3)
    for (const answer of answers.filter(({ status }) => status === 401)) {
      exactly(answer, 401, { error: "Credenciales inválidas" })
    }
  })
})

describe("POST /api/login", () => {
  it("returns {token, numero}; every login adds a token, and the others stay valid", async () => {
    const answers = [
      await post("/api/login", { numero: ME, password: PASSWORD }),
      await post("/api/login", { numero: Number(ME), password: PASSWORD })
    ]
    for (const answer of answers) exactly(answer, 200, { token: expect.stringMatching(TOKEN), numero: ME })
    const tokens = [me, ...answers.map(({ body }) => body.token)]
    expect(new Set(tokens).size).toBe(3)
    for (const token of tokens) expect((await get("/api/connections", token)).status).toBe(200)
  })

  it("a wrong password and an unknown number get the same response", async () => {
    const wrong = await post("/api/login", { numero: ME, password: "wrong password" })
    const unknown = await post("/api/login", { numero: NEVER_ADDED, password: PASSWORD })
    for (const answer of [wrong, unknown]) exactly(answer, 401, { error: "Credenciales inválidas" })
  })

  it("takes as long for an unknown number as for a wrong password", async () => {
    const timed = async (numero: string) => {
      const start = performance.now()
      await post("/api/login", { numero, password: "wrong password" })
      return performance.now() - start
    }
    const known: number[] = []
    const unknown: number[] = []
    for (let n = 0; n < 7; n++) {
      known.push(await timed(OFFICE))
      unknown.push(await timed(`5197000000${n}`))
    }
    const median = (times: number[]) => times.toSorted((a, b) => a - b)[3] ?? 0
    // Without a dummy hash it would take a tenth of the time.
    expect(median(unknown) / median(known)).toBeGreaterThan(0.5)
    expect(median(unknown) / median(known)).toBeLessThan(2)
  })

  it("a user has 50 tokens; one more ends the oldest", async () => {
    const numero = "51950000010"
    const first = await gateway.user(numero)
    const second = (await post("/api/login", { numero, password: PASSWORD })).body.token
    const logins = (count: number) =>
      Promise.all(Array.from({ length: count }, () => post("/api/login", { numero, password: PASSWORD })))
    const others = [...(await logins(24)), ...(await logins(24))].map(({ body }) => body.token)
    expect((await get("/api/connections", first)).status).toBe(200)
    const newest = (await post("/api/login", { numero, password: PASSWORD })).body.token
    exactly(await get("/api/connections", first), 401, { error: "Token inválido" })
    for (const token of [second, ...others, newest]) expect((await get("/api/connections", token)).status).toBe(200)
  })

  it("never more than 50, however many logins happen at once", async () => {
    const numero = "51950000011"
    await gateway.user(numero)
    const login = () => post("/api/login", { numero, password: PASSWORD })
    const tokens: string[] = []
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(Array.from({ length: 24 }, login))
      tokens.push(...answers.map(({ body }) => body.token as string))
    }
    const valid = await Promise.all(tokens.map(async (token) => (await get("/api/connections", token)).status === 200))
    expect(valid.filter(Boolean)).toHaveLength(50)
  })

  it("more passwords at once than can be checked: 429 Demasiadas solicitudes", async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => post("/api/login", { numero: ME, password: PASSWORD }))
    )
    const refused = answers.find(({ status }) => status !== 200)
    if (!refused) throw new Error("60 logins at once were all looked at")
    later(refused, 429, "Demasiadas solicitudes")
  })
})

describe("tokens", () => {
  const guarded: [string, string][] = [
    ["POST", "/api/add-device"],
    ["GET", "/api/connections"],
    ["GET", "/api/qr"],
    ["GET", "/api/status"],
    ["POST", "/api/disconnect"],
    ["POST", "/api/send-message"],
    ["POST", "/api/send-whatsap"],
    ["POST", "/api/send-whatsapp"]
  ]

  it.each(guarded)("%s %s: without a token 401 Token requerido, before anything else", async (method, path) => {
    for (const authorization of [undefined, "", "Bearer", "Bearer ", `Basic ${me}`, me]) {
      const headers = authorization === undefined ? {} : { authorization }
      const answer = await gateway.call(method, path, { headers })
      // The Multi-Session dialect has this path too, and its clients look for `success`.
      if (path === "/api/send-message") exactly(answer, 401, { success: false, error: "Token requerido" })
      else exactly(answer, 401, { error: "Token requerido" })
    }
  })

  it.each(guarded)("%s %s: with a wrong one 401 Token inválido", async (method, path) => {
    for (const token of ["0".repeat(64), me.toUpperCase(), `${me}0`, me.slice(1), "x"]) {
      exactly(await gateway.call(method, path, { token }), 401, { error: "Token inválido" })
    }
  })

  it("the operator's key is not a token: the routes of users refuse it", async () => {
    exactly(await gateway.call("GET", `/api/status?numero=${ME}`, { operator: true }), 401, {
      error: "Token requerido"
    })
    exactly(await gateway.post("/api/disconnect", { numero: ME }, { operator: true }), 401, {
      error: "Token requerido"
    })
  })

  it("without a token a file is not read", async () => {
    const raw = `{"media":"${"A".repeat(ATTACHMENT_MAX)}`
    exactly(await gateway.call("POST", "/api/send-whatsap", { raw }), 401, { error: "Token requerido" })
  })

  it("the scheme may be written in any case", async () => {
    expect((await gateway.get("/api/connections", { headers: { authorization: `bearer ${me}` } })).status).toBe(200)
  })
})

describe("POST /api/add-device", () => {
  it("accepts the number as a JSON number, and records the requester", async () => {
    exactly(await post("/api/add-device", { numero: 51955500001, nombre: "Móvil" }, office), 200, {
      message: "Dispositivo agregado correctamente",
      numero: "51955500001"
    })
    const [registered, requested] = await gateway.events(office, "51955500001")
    expect(registered).toMatchObject({ type: "device.registered", from: null, to: "NONE", data: { name: "Móvil" } })
    expect(requested).toMatchObject({ type: "connection.requested", from: "NONE", to: "INIT", data: { by: "user" } })
  })

  it("over DEVICES_PER_USER_MAX: 400 Límite de dispositivos alcanzado", async () => {
    const token = await gateway.user("51950000012")
    const numbers = ["51955510001", "51955510002", "51955510003"]
    for (const numero of numbers) expect((await addDevice(numero, token)).status).toBe(200)
    exactly(await addDevice("51955510004", token), 400, { error: "Límite de dispositivos alcanzado" })
    // A device that the user has already is not a new one.
    exactly(await addDevice("51955510003", token), 200, {
      message: "Dispositivo agregado correctamente",
      numero: "51955510003"
    })
    expect((await get("/api/connections", token)).body).toHaveLength(3)
  })

  it("the limit holds however many devices are added at once", async () => {
    const token = await gateway.user("51950000013")
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => addDevice(`5195552000${n}`, token)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
    expect((await get("/api/connections", token)).body).toHaveLength(3)
  })

  it("two users may add one number; each has a separate device", async () => {
    exactly(await addDevice(ME, stranger), 200, { message: "Dispositivo agregado correctamente", numero: ME })
    await gateway.untilState(stranger, ME, "QR")
    expect(await gateway.state(me, ME)).toBe("CONNECTED")
  })
})

describe("GET /api/connections", () => {
  const entry = (numero: string, fields: object) => ({
    id: expect.any(Number),
    numero,
    nombre: "Caja 1",
    estado: "desconectado",
    instancia_id: instance(numero),
    fecha_conexion: null,
    fecha_desconexion: null,
    ready: false,
    hasQr: false,
    ...fields
  })

  it("with a user's token: the user's devices as a list, in the order they were added", async () => {
    const token = await gateway.user("51950000014")
    exactly(await get("/api/connections", token), 200, [])
    gateway.network.addPhone("51955530001")
    await addDevice("51955530001", token)
    await gateway.network.phone("51955530001").scanQr(await gateway.qr(token, "51955530001"))
    await gateway.untilState(token, "51955530001", "CONNECTED")
    await addDevice("51955530002", token)
    await gateway.qr(token, "51955530002")
    const answer = await get("/api/connections", token)
    exactly(answer, 200, [
      entry("51955530001", { estado: "conectado", fecha_conexion: ISO, ready: true, state: "CONNECTED" }),
      entry("51955530002", { hasQr: true, state: "QR" })
    ])
    expect(Object.keys(answer.body[0])).toEqual([
      "id",
      "numero",
      "nombre",
      "estado",
      "instancia_id",
      "fecha_conexion",
      "fecha_desconexion",
      "ready",
      "hasQr",
      "state"
    ])
    await post("/api/disconnect", { numero: "51955530001" }, token)
    expect((await get("/api/connections", token)).body[0]).toEqual(
      entry("51955530001", { fecha_conexion: ISO, fecha_desconexion: ISO, state: "NONE" })
    )
  })

  it("with ?format=summary: the user's devices as the monitoring object", async () => {
    const { body } = await get("/api/connections?format=summary", me)
    expect(body).toEqual({
      totalClients: 1,
      connectedClients: 1,
      connections: {
        [ME]: {
          ready: true,
          state: "CONNECTED",
          hasQr: false,
          connectedAt: expect.any(Number),
          disconnectedAt: null,
          lastSeen: expect.any(Number)
        }
      }
    })
    expect(Object.keys(body)).toEqual(["totalClients", "connectedClients", "connections"])
    expect(Object.keys(body.connections[ME])).toEqual([
      "ready",
      "state",
      "hasQr",
      "connectedAt",
      "disconnectedAt",
      "lastSeen"
    ])
  })

  it("with the operator's key: all devices; of a number that two users added, one device has the plain name", async () => {
    const { status, body } = await gateway.get("/api/connections", { operator: true })
    expect(status).toBe(200)
    // `usuario_id` as operators see it in the database.
    const database = new DatabaseSync(join(gateway.directory, "bitacora.db"), { readOnly: true })
    const find = database.prepare("SELECT id FROM usuarios WHERE numero = ?")
    const { id } = find.get(STRANGER) as { id: number }
    database.close()
    expect(body.connections[ME]).toMatchObject({ ready: true, state: "CONNECTED" })
    expect(body.connections[`${ME}@${id}`]).toMatchObject({ ready: false, state: "QR", hasQr: true })
    expect(body.totalClients).toBe(Object.keys(body.connections).length)
    const entries = Object.values<{ ready: boolean }>(body.connections)
    expect(body.connectedClients).toBe(entries.filter(({ ready }) => ready).length)
  })

  it("of two that are not connected, the newer one has the plain name", async () => {
    const older = await gateway.user("51950000015")
    const newer = await gateway.user("51950000016")
    await addDevice("51955540001", older)
    await addDevice("51955540001", newer)
    await post("/api/disconnect", { numero: "51955540001" }, older)
    await gateway.qr(newer, "51955540001")
    const { connections } = (await gateway.get("/api/connections", { operator: true })).body
    expect(connections["51955540001"]).toMatchObject({ state: "QR" })
    const suffixed = Object.keys(connections).filter((name) => name.startsWith("51955540001@"))
    expect(suffixed.map((name) => connections[name].state)).toEqual(["NONE"])
  })

  it("with the operator's key and ?format=list: the list of all devices", async () => {
    const { body } = await gateway.get("/api/connections?format=list", { operator: true })
    expect(body.filter(({ numero }: { numero: string }) => numero === ME)).toHaveLength(2)
  })

  it("a wrong operator's key is 401 Token inválido", async () => {
    exactly(await gateway.get("/api/connections", { headers: { "x-api-key": "guess" } }), 401, {
      error: "Token inválido"
    })
  })
})

describe("another user's device", () => {
  it("is NONE to GET /api/status, like a number that was never added", async () => {
    const theirs = await status(ME, office)
    const never = await status(NEVER_ADDED, office)
    exactly(theirs, 200, { ...never.body, numero: ME })
  })

  it("is 404 Dispositivo no encontrado everywhere else", async () => {
    const before = await gateway.events(me, ME)
    const unknown = { error: "Dispositivo no encontrado" }
    exactly(await get(`/api/qr?numero=${ME}`, office), 404, unknown)
    exactly(await post("/api/disconnect", { numero: ME }, office), 404, unknown)
    const text = { number: CONTACT, message: "Hola", fromNumber: instance(ME) }
    exactly(await post("/api/send-message", text, office), 404, unknown)
    const file = { number: CONTACT, mediatype: "document", media: "aG9sYQ==", filename: "a.txt", fromNumber: ME }
    exactly(await post("/api/send-whatsap", file, office), 404, unknown)
    exactly(await post("/api/send-whatsap", { ...file, fromNumber: NEVER_ADDED }, office), 404, unknown)
    expect(await gateway.events(me, ME)).toEqual(before)
    expect(await gateway.state(me, ME)).toBe("CONNECTED")
  })
})

describe("POST /api/send-message", () => {
  const opened = async () =>
    (await gateway.events(me, ME)).findLast(({ type }) => type === "connection.opened")?.position ?? 0
  const inbox = (id: string) =>
    until(() => gateway.network.contact(CONTACT).inbox.find((message) => message.id === id), "the message")

  it("responds once WhatsApp has acknowledged the message, and the contact gets it unchanged", async () => {
    const message = "¡Hola! 👋🏽\nTu factura está lista: 10 % — «gracias»\u0000\u200f"
    const answer = await post("/api/send-message", { number: CONTACT, message, fromNumber: instance(ME) }, me)
    exactly(answer, 200, { success: true, from: ME, to: CONTACT, messageId: MESSAGE_ID })
    expect(await inbox(answer.body.messageId)).toMatchObject({ from: ME, type: "text", text: message })
  })

  it.each([
    ["base64 of the number", instance(ME)],
    ["base64 without padding", instance(ME).replace(/=+$/, "")],
    ["the digits", ME],
    ["the digits as a JSON number", Number(ME)]
  ])("fromNumber is %s", async (_, fromNumber) => {
    const answer = await post("/api/send-message", { number: Number(CONTACT), message: "x", fromNumber }, me)
    exactly(answer, 200, { success: true, from: ME, to: CONTACT, messageId: MESSAGE_ID })
  })

  it.each([
    ["base64 of something else", "aG9sYQ=="],
    ["plus", "+51948907640"],
    ["garbage", "%%%"]
  ])("fromNumber that is %s: 400 Número inválido", async (_, fromNumber) => {
    exactly(await post("/api/send-message", { number: CONTACT, message: "x", fromNumber }, me), 400, {
      error: "Número inválido"
    })
  })

  it.each([[undefined], [null], [""]])(
    "fromNumber %s: the device with the user's own number sends",
    async (fromNumber) => {
      const answer = await post("/api/send-message", { number: CONTACT, message: "x", fromNumber }, me)
      exactly(answer, 200, { success: true, from: ME, to: CONTACT, messageId: MESSAGE_ID })
    }
  )

  it("without fromNumber and without a device with the user's number: the only connected device, else 400 Faltan datos", async () => {
    const token = await gateway.user("51950000017")
    const send = () => post("/api/send-message", { number: CONTACT, message: "x" }, token)
    exactly(await send(), 400, { error: "Faltan datos" })
    await addDevice("51955550001", token)
    exactly(await send(), 400, { error: "Faltan datos" })
    await gateway.connect(token, "51955550002")
    exactly(await send(), 200, { success: true, from: "51955550002", to: CONTACT, messageId: MESSAGE_ID })
    await gateway.connect(token, "51955550003")
    exactly(await send(), 400, { error: "Faltan datos" })
  })

  it("a device that was added under a name only sends from its linked number", async () => {
    const token = await gateway.user("51950000020")
    const phone = gateway.network.addPhone("51955570001")
    const { id } = (await gateway.post("/v1/devices", { sessionId: "ventas" }, { token })).body
    const { code } = (await gateway.post(`/v1/devices/${id}/pairing-code`, { number: phone.number }, { token })).body
    await phone.enterCode(code)
    await until(async () => (await gateway.get(`/v1/devices/${id}`, { token })).body.ready, "the device")
    const answer = await post("/api/send-message", { number: CONTACT, message: "x" }, token)
    exactly(answer, 200, { success: true, from: phone.number, to: CONTACT, messageId: MESSAGE_ID })
  })

  it("the device with the user's number is chosen even while it is not connected", async () => {
    const token = await gateway.user("51950000018")
    await gateway.connect(token, "51955560001")
    await addDevice("51950000018", token)
    await gateway.untilState(token, "51950000018", "QR")
    exactly(await post("/api/send-message", { number: CONTACT, message: "x" }, token), 400, {
      error: "Sesión de WhatsApp no lista",
      device: "51950000018",
      state: "QR"
    })
  })

  it("a number that is not on WhatsApp: 404 Número no registrado en WhatsApp", async () => {
    exactly(await post("/api/send-message", { number: NOT_ON_WHATSAPP, message: "x" }, me), 404, {
      error: "Número no registrado en WhatsApp",
      number: NOT_ON_WHATSAPP
    })
    exactly(await post("/api/send-message", { number: Number(NOT_ON_WHATSAPP), message: "x" }, me), 404, {
      error: "Número no registrado en WhatsApp",
      number: NOT_ON_WHATSAPP
    })
  })

  it("WhatsApp refuses the message: 500 with its code, and the message's delivery status shows the same", async () => {
    gateway.network.fault({ kind: "ack_error", code: 463, number: ME })
    const answer = await post("/api/send-message", { number: CONTACT, message: "x" }, me)
    exactly(answer, 500, { error: "WhatsApp rechazó el mensaje", code: "463", messageId: MESSAGE_ID })
    const message = await get(`/v1/messages/${answer.body.messageId}`, me)
    expect(message.body).toMatchObject({ status: "failed", failure: { code: "463" } })
    expect(gateway.network.contact(CONTACT).inbox.map(({ id }) => id)).not.toContain(answer.body.messageId)
  })

  it("WhatsApp does not acknowledge the message: 504 with the id; the delivery status follows later", async () => {
    gateway.network.fault({ kind: "mute", number: ME })
    const send = (message: string) => post("/api/send-message", { number: CONTACT, message }, me)
    const answers = await Promise.all([send("one"), send("two")])
    for (const answer of answers) {
      exactly(answer, 504, { error: "Sin confirmación de WhatsApp", messageId: MESSAGE_ID })
      expect((await get(`/v1/messages/${answer.body.messageId}`, me)).body.status).toBe("queued")
    }
    // The maximum number of messages waits for WhatsApp's ack.
    later(await send("three"), 503, "Servicio no disponible")
    gateway.network.clearFaults()
    for (const { body } of answers) {
      await until(
        async () => (await get(`/v1/messages/${body.messageId}`, me)).body.status === "delivered",
        "the delivery status"
      )
      expect(await inbox(body.messageId)).toMatchObject({ type: "text" })
    }
  })

  it("the connection ends during the look-up of the number: 400 at once, and nothing is accepted", async () => {
    const before = await opened()
    gateway.network.fault({ kind: "mute", number: ME })
    const { stanzasIn } = gateway.network.stats()
    const asked = post("/api/send-message", { number: "51988888888", message: "x" }, me)
    await until(() => gateway.network.stats().stanzasIn > stanzasIn, "the look-up")
    gateway.network.fault({ kind: "terminate", number: ME })
    exactly(await asked, 400, { error: "Sesión de WhatsApp no lista", device: ME, state: "RECONNECTING" })
    gateway.network.clearFaults()
    await until(async () => (await opened()) > before, "another connection")
    await gateway.untilState(me, ME, "CONNECTED")
  })

  it("a text that is longer than WhatsApp allows is refused", async () => {
    exactly(await post("/api/send-message", { number: CONTACT, message: "x".repeat(65_537) }, me), 400, {
      error: "Mensaje demasiado largo"
    })
  })
})

describe.each(["/api/send-whatsap", "/api/send-whatsapp"])("POST %s", (path) => {
  const bytes = Buffer.from(`%PDF-1.4\n${"factura ".repeat(1_000)}\u0000ÿ`)
  const file = { number: CONTACT, mediatype: "document", media: bytes.toString("base64"), filename: "factura.pdf" }
  const received = (id: string) =>
    until(() => gateway.network.contact(CONTACT).inbox.find((message) => message.id === id), "the file")

  it.each([
    ["document", "what.txt", bytes, "application/pdf"],
    ["document", "Comprobante Nº 1.xml", unknownBytes, "application/xml"],
    ["document", "sin extensión", unknownBytes, "application/octet-stream"],
    ["document", "foto.jpg", png, "image/png"],
    ["image", "foto", png, "image/png"],
    ["image", "foto.png", jpeg, "image/jpeg"],
    ["image", "foto", unknownBytes, "image/jpeg"],
    ["image", "foto.png", unknownBytes, "image/png"],
    ["video", "clip.mov", mp4, "video/mp4"],
    ["video", "clip", unknownBytes, "video/mp4"],
    ["audio", "nota", mp3, "audio/mpeg"],
    ["audio", "nota.ogg", voice, "audio/ogg; codecs=opus"]
  ])(
    "%s %s arrives with unchanged bytes and the type of its content",
    async (mediatype, filename, content, mimetype) => {
      const request = { ...file, mediatype, filename, media: content.toString("base64"), caption: "Adjunto 📎" }
      const answer = await post(path, request, me)
      exactly(answer, 200, { success: true, succes: true, from: ME, to: CONTACT, filename, messageId: MESSAGE_ID })
      const entry = await received(answer.body.messageId)
      expect(entry).toMatchObject({ type: mediatype, mimetype, bytes: content.length })
      expect(entry.sha256).toBe(sha256(content))
      if (mediatype === "document") expect(entry.filename).toBe(filename)
      if (mediatype !== "audio") expect(entry.text).toBe("Adjunto 📎")
    }
  )

  it.each([
    ["image", bytes],
    ["image", mp4],
    ["video", png],
    ["audio", jpeg]
  ])("a file that is not of the kind %s is refused as one: 400 Archivo inválido", async (mediatype, content) => {
    const request = { ...file, mediatype, media: content.toString("base64") }
    exactly(await post(path, request, me), 400, { error: "Archivo inválido" })
  })

  it.each([
    ["a data URI's prefix", (text: string) => `data:application/pdf;base64,${text}`],
    ["line breaks, as PHP's chunk_split makes them", (text: string) => text.replace(/(.{76})/g, "$1\r\n")],
    ["no padding", (text: string) => text.replace(/=+$/, "")],
    ["the alphabet for URLs", (text: string) => text.replaceAll("+", "-").replaceAll("/", "_")]
  ])("accepts base64 with %s", async (_, disguise) => {
    const answer = await post(path, { ...file, media: disguise(file.media) }, me)
    expect(answer.status).toBe(200)
    expect((await received(answer.body.messageId)).sha256).toBe(sha256(bytes))
  })

  it.each(["%PDF-1.4", "á", "aG9sY", "aG9s=YQ", "====", "data:application/pdf;base64,", "data:text/plain,hola"])(
    "media that is not base64 (%s): 400 Archivo inválido",
    async (media) => {
      exactly(await post(path, { ...file, media }, me), 400, { error: "Archivo inválido" })
    }
  )

  it("over MAX_ATTACHMENT_SIZE: 413 Archivo demasiado grande, one byte less is sent", async () => {
    const tooLarge = Buffer.alloc(ATTACHMENT_MAX + 1).toString("base64")
    exactly(await post(path, { ...file, media: tooLarge }, me), 413, { error: "Archivo demasiado grande" })
    const largest = Buffer.alloc(ATTACHMENT_MAX, 7)
    const answer = await post(path, { ...file, media: largest.toString("base64") }, me)
    expect(answer.status).toBe(200)
    expect((await received(answer.body.messageId)).bytes).toBe(ATTACHMENT_MAX)
  })

  it("a body far over it: 413 as well, without being read to its end", async () => {
    const media = "A".repeat(3_000_000)
    exactly(await post(path, { ...file, media }, me), 413, { error: "Archivo demasiado grande" })
  })

  it("another mediatype is 400", async () => {
    for (const mediatype of ["sticker", "documento", "constructor", "DOCUMENT"]) {
      exactly(await post(path, { ...file, mediatype }, me), 400, { error: "Tipo de archivo no soportado" })
    }
  })

  it("a caption that is longer than WhatsApp allows is refused", async () => {
    exactly(await post(path, { ...file, caption: "x".repeat(65_537) }, me), 400, { error: "Mensaje demasiado largo" })
  })

  it("a number that is not on WhatsApp: 404", async () => {
    exactly(await post(path, { ...file, number: NOT_ON_WHATSAPP }, me), 404, {
      error: "Número no registrado en WhatsApp",
      number: NOT_ON_WHATSAPP
    })
  })

  it("a device that is not connected: 400, and the file is not kept", async () => {
    const unsent = Buffer.from(`never sent ${path}`)
    const fromNumber = instance("51955510001")
    const token = (await post("/api/login", { numero: "51950000012", password: PASSWORD })).body.token
    exactly(await post(path, { ...file, media: unsent.toString("base64"), fromNumber }, token), 400, {
      error: "Sesión de WhatsApp no lista",
      device: "51955510001",
      state: await gateway.state(token, "51955510001")
    })
    expect(existsSync(join(gateway.directory, "media", sha256(unsent)))).toBe(false)
  })

  it("WhatsApp refuses it: 500; does not acknowledge it: 504; both with the id", async () => {
    gateway.network.fault({ kind: "ack_error", code: 479, number: ME })
    exactly(await post(path, file, me), 500, {
      error: "WhatsApp rechazó el mensaje",
      code: "479",
      messageId: MESSAGE_ID
    })
    gateway.network.fault({ kind: "mute", number: ME })
    const answer = await post(path, file, me)
    exactly(answer, 504, { error: "Sin confirmación de WhatsApp", messageId: MESSAGE_ID })
    gateway.network.clearFaults()
    expect((await received(answer.body.messageId)).sha256).toBe(sha256(bytes))
  })
})

describe("the health and the state of the system", () => {
  const count = expect.any(Number)

  it("GET /health", async () => {
    exactly(await get("/health"), 200, { status: "ok", timestamp: ISO })
  })

  it("GET /system-status: megabytes and seconds", async () => {
    const answer = await get("/system-status")
    const memory = { used: count, total: count }
    exactly(answer, 200, { status: "ok", uptime: count, memory, connections: count, timestamp: ISO })
    expect(Object.keys(answer.body.memory)).toEqual(["used", "total"])
    expect(answer.body.memory.used).toBeLessThan(answer.body.memory.total)
    expect(answer.body.memory.total).toBeLessThan(10_000_000)
    expect(Number.isInteger(answer.body.uptime)).toBe(true)
    const { items } = (await gateway.get("/v1/devices?limit=500", { operator: true })).body
    expect(answer.body.connections).toBe(items.filter(({ ready }: { ready: boolean }) => ready).length)
  })

  it("GET /api/health: one body for both dialects", async () => {
    exactly(await get("/api/health"), 200, {
      ok: true,
      db: true,
      uptime: count,
      memory: { rss: count, heapTotal: count, heapUsed: count },
      timestamp: ISO,
      success: true,
      status: "ok",
      version: "0.0.0-test",
      name: "Bitácora",
      sessions: { NONE: 0, INIT: 0, QR: 0, LOADING: 0, CONNECTED: 0, RECONNECTING: 0, ERROR: 0 }
    })
  })

  it("GET /api/system-status: bytes", async () => {
    const answer = await get("/api/system-status")
    exactly(answer, 200, {
      uptime: count,
      memory: { rss: count, heapTotal: count, heapUsed: count },
      clients: count,
      nodeVersion: process.version,
      platform: process.platform,
      timestamp: ISO
    })
    expect(answer.body.memory.rss).toBeGreaterThan(1_000_000)
  })
})

describe("a path or method without a route", () => {
  it.each(["/api", "/api/", "/api/nada", "/nada", "/api//status"])("GET %s: 404", async (path) => {
    exactly(await get(path, me), 404, { error: "Ruta no encontrada" })
  })

  it.each(["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])("%s on a route of another method: 404", async (method) => {
    exactly(await gateway.call(method, "/api/status", { token: me }), 404, { error: "Ruta no encontrada" })
    exactly(await gateway.call(method, "/api/send-message", { token: me, body: {} }), 404, {
      error: "Ruta no encontrada"
    })
  })

  it("HEAD responds like GET, without the body", async () => {
    for (const path of ["/health", "/api/connections", `/api/status?numero=${ME}`, "/api/nada", "/api/login"]) {
      const { status: expected } = await get(path, me)
      const answer = await gateway.call("HEAD", path, { token: me })
      expect({ path, status: answer.status, body: answer.body }).toEqual({ path, status: expected, body: undefined })
    }
  })

  it("a path that cannot be decoded: 400", async () => {
    exactly(await get("/api/%zz"), 400, { error: "Solicitud inválida" })
  })

  it("an unexpected failure: 500 Error interno del servidor, without details", async () => {
    const app = Fastify()
    const dialect = whatsapp25({ version: "", sendAckTimeoutMs: 1 })
    app.setErrorHandler((failure, request, reply) => sendFailure(reply, dialect, dialect.answer(failure, request)))
    app.get("/", () => Promise.reject(new Error("the inside")))
    const { statusCode, body } = await app.inject("/")
    expect({ statusCode, body }).toEqual({ statusCode: 500, body: '{"error":"Error interno del servidor"}' })
  })
})

describe("while the store does not respond", () => {
  /** Renames tables of the running gateway, and renames them back. */
  const without = async (tables: readonly string[], test: () => Promise<void>): Promise<void> => {
    const database = new DatabaseSync(join(gateway.directory, "bitacora.db"))
    // Views that name the tables keep doing so.
    database.exec("PRAGMA legacy_alter_table = 1")
    for (const table of tables) database.exec(`ALTER TABLE ${table} RENAME TO ${table}_away`)
    try {
      await test()
    } finally {
      for (const table of tables) database.exec(`ALTER TABLE ${table}_away RENAME TO ${table}`)
      database.close()
    }
  }

  it("health responds 503", async () => {
    await without(["log_head"], async () => {
      exactly(await get("/health"), 503, { status: "error", timestamp: ISO })
      const answer = await get("/api/health")
      expect({ status: answer.status, body: answer.body }).toMatchObject({
        status: 503,
        body: { ok: false, db: false, success: false, status: "error" }
      })
    })
    exactly(await get("/health"), 200, { status: "ok", timestamp: ISO })
  })

  it("routes respond 503 Servicio no disponible with Retry-After", async () => {
    const text = { number: CONTACT, message: "x" }
    await without(["access_token", "user_account"], async () => {
      later(await status(ME, me), 503, "Servicio no disponible")
      later(await post("/api/send-message", text, me), 503, "Servicio no disponible")
      later(await post("/api/login", { numero: ME, password: PASSWORD }), 503, "Servicio no disponible")
      later(await post("/api/registro", { numero: ME, password: PASSWORD }), 503, "Servicio no disponible")
    })
    expect((await post("/api/send-message", text, me)).status).toBe(200)
  })

  it("a message that cannot be stored is not sent: 503", async () => {
    const before = gateway.network.stats().messages
    await without(["outbox"], async () => {
      const answer = await post("/api/send-message", { number: CONTACT, message: "unwritten" }, me)
      later(answer, 503, "Servicio no disponible")
    })
    expect(gateway.network.stats().messages).toBe(before)
    const send = () => post("/api/send-message", { number: CONTACT, message: "written" }, me)
    await until(async () => (await send()).status === 200, "the device to write again")
  })
})

describe("closed registration", () => {
  beforeAll(() => gateway.restart({ REGISTRATION: "closed" }))

  it("a new number is 401 Registro cerrado", async () => {
    exactly(await post("/api/registro", { numero: "51980000001", password: PASSWORD }), 401, {
      error: "Registro cerrado"
    })
    exactly(await post("/api/registro", { numero: "51980000001", password: PASSWORD }, me), 401, {
      error: "Registro cerrado"
    })
    exactly(await post("/api/login", { numero: "51980000001", password: PASSWORD }), 401, {
      error: "Credenciales inválidas"
    })
  })

  it("the operator's key still registers users, a wrong one does not", async () => {
    const credentials = { numero: "51980000002", password: PASSWORD }
    const headers = { "x-api-key": "guess" }
    exactly(await post("/api/registro", credentials, undefined, { headers }), 401, { error: "Token inválido" })
    const answer = await gateway.post("/api/registro", credentials, { operator: true })
    exactly(answer, 200, { token: expect.stringMatching(TOKEN), numero: credentials.numero })
    expect((await get("/api/connections", answer.body.token)).status).toBe(200)
  })

  it("[SEC-2] a wrong password of an existing account gets the same response, and counts", async () => {
    const asked = (numero: string) => post("/api/registro", { numero, password: "a wrong guess" })
    const timed = async (numero: string) => {
      const since = performance.now()
      exactly(await asked(numero), 401, { error: "Registro cerrado" })
      return performance.now() - since
    }
    const [there, absent] = [await timed(STRANGER), await timed("51980000001")]
    // Both compute a password hash, which takes tens of milliseconds.
    expect(Math.min(there, absent)).toBeGreaterThan(Math.max(there, absent) / 10)
    await gateway.restart({ REGISTRATION: "closed", FAILED_LOGINS_MAX: "2" })
    const statuses = []
    for (let n = 0; n < 3; n++) statuses.push((await asked("51980000001")).status)
    expect(statuses).toEqual([401, 401, 429])
    await gateway.restart({ REGISTRATION: "closed" })
  })

  it("existing users get tokens and change passwords as before", async () => {
    const { body } = await post("/api/registro", { numero: STRANGER, password: PASSWORD })
    const change = { numero: STRANGER, password: "battery staple", passwordActual: PASSWORD }
    exactly(await post("/api/registro", change, body.token), 200, { token: body.token, numero: STRANGER })
  })

  it("is the default if the server can be reached from other machines", async () => {
    await gateway.restart({ HOST: "0.0.0.0" })
    exactly(await post("/api/registro", { numero: "51980000003", password: PASSWORD }), 401, {
      error: "Registro cerrado"
    })
    await gateway.restart({ HOST: "0.0.0.0", REGISTRATION: "open" })
    expect((await post("/api/registro", { numero: "51980000003", password: PASSWORD })).status).toBe(200)
  })
})

describe("too many requests", () => {
  it("failed logins of one address: 429, also for the right password, with Retry-After", async () => {
    await gateway.restart({ FAILED_LOGINS_MAX: "2" })
    const wrong = { numero: ME, password: "wrong password" }
    for (let n = 0; n < 2; n++) exactly(await post("/api/login", wrong), 401, { error: "Credenciales inválidas" })
    const blocked = await post("/api/login", { numero: ME, password: PASSWORD })
    later(blocked, 429, "Demasiadas solicitudes")
    expect(Number(blocked.headers.get("retry-after"))).toBeLessThanOrEqual(60)
    later(await post("/api/registro", { ...wrong, passwordActual: PASSWORD }, me), 429, "Demasiadas solicitudes")
    expect((await get("/api/connections", me)).status).toBe(200)
  })

  it("wrong tokens and keys of one address: 429; a valid token still works, and no key is tried", async () => {
    await gateway.restart({ WRONG_TOKENS_MAX: "2" })
    exactly(await get("/api/connections", "guess-1"), 401, { error: "Token inválido" })
    exactly(await gateway.get("/api/connections", { headers: { "x-api-key": "guess-2" } }), 401, {
      error: "Token inválido"
    })
    later(await get("/api/connections", "guess-3"), 429, "Demasiadas solicitudes")
    expect((await get("/api/connections", me)).status).toBe(200)
    later(await gateway.get("/api/connections", { operator: true }), 429, "Demasiadas solicitudes")
    exactly(await get("/api/connections"), 401, { error: "Token requerido" })
  })

  it("requests over RATE_LIMIT_MAX in a window: 429, counted for each token", async () => {
    await gateway.restart({ RATE_LIMIT_MAX: "3", RATE_LIMIT_WINDOW_MS: "60000" })
    // Each token's first request, before the token is known, counts for its address.
    for (const token of [me, office]) expect((await get("/api/connections", token)).status).toBe(200)
    for (let n = 0; n < 3; n++) expect((await get("/api/connections", me)).status).toBe(200)
    const refused = await get("/api/connections", me)
    later(refused, 429, "Demasiadas solicitudes")
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60)
    // Written differently, it is still the same token.
    const disguised = { authorization: `bearer   ${me}`, "x-api-key": "anything" }
    later(await gateway.get(`/api/status?numero=${ME}`, { headers: disguised }), 429, "Demasiadas solicitudes")
    later(await post("/api/send-message", { number: CONTACT, message: "x" }, me), 429, "Demasiadas solicitudes")
    expect((await get("/api/connections", office)).status).toBe(200)
  })

  it("counted for an address without a valid token, on unknown routes too, but not on GET /health", async () => {
    await gateway.restart({ RATE_LIMIT_MAX: "3", RATE_LIMIT_WINDOW_MS: "60000" })
    exactly(await get("/nada/0"), 404, { error: "Ruta no encontrada" })
    exactly(await get("/nada/1", "guess-1"), 404, { error: "Ruta no encontrada" })
    exactly(await get("/api/connections", "guess-2"), 401, { error: "Token inválido" })
    later(await get("/api/connections", "guess-3"), 429, "Demasiadas solicitudes")
    later(await get("/nada/3"), 429, "Demasiadas solicitudes")
    later(await post("/api/login", { numero: ME, password: PASSWORD }), 429, "Demasiadas solicitudes")
    for (let n = 0; n < 10; n++) expect((await get("/health")).status).toBe(200)
  })
})

describe("while the gateway stops", () => {
  it("a request in progress gets its response, and its connection is closed", async () => {
    await gateway.restart()
    const { port } = gateway.gateway
    const body = JSON.stringify({ numero: ME, password: PASSWORD })
    const headers = `Host: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n`
    const socket = connect(port, "127.0.0.1")
    let text = ""
    socket.on("data", (chunk) => (text += chunk.toString("utf8")))
    socket.write(`POST /api/login HTTP/1.1\r\n${headers}\r\n`)
    await until(() => text.startsWith("HTTP/1.1 100"), "the gateway to take the request")
    const stopping = Date.now()
    const restarted = gateway.restart()
    await until(
      () =>
        fetch(`http://127.0.0.1:${port}/health`).then(
          () => false,
          () => true
        ),
      "the gateway to listen no more"
    )
    socket.write(body)
    await once(socket, "close")
    await restarted
    expect(Date.now() - stopping).toBeLessThan(5_000)
    expect(text).toMatch(
      /HTTP\/1\.1 200 OK\r\n.*\r\nconnection: close\r\n.*\{"token":"[0-9a-f]{64}","numero":"51948907640"\}$/is
    )
  })
})
