/** Runs the calls of docs/MULTI-SESSION.md, which are those of the API's own document, with curl, and compares the responses. */
import { execFile, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { jpeg } from "../support/sample-files.ts"
import { until } from "../support/until.ts"

const MY_NUMBER = "5491123456780"
const CONTACT = "5491123456789"
const SESSION = "mi-sesion-01"

interface Call {
  readonly method: string
  readonly path: string
  readonly contentType: string | undefined
  readonly body: string
}

/** The blocks of the document: a request line, headers, an empty line, and the body. */
const calls: readonly Call[] = [
  ...readFileSync(new URL("../../docs/MULTI-SESSION.md", import.meta.url), "utf8").matchAll(/```http\n(.*?)```/gs)
].map(([, block = ""]) => {
  const [head = "", body = ""] = block.trimEnd().split(/\n\n(.*)/s)
  const [method = "", path = ""] = head.split(/[ \n]/)
  return { method, path, contentType: /^Content-Type: (.*)$/m.exec(head)?.[1], body }
})

const isThere = spawnSync("curl", ["--version"]).status === 0
if (!isThere) console.warn("SKIPPED: the calls are not tested, there is no curl on this machine")

let gateway: TestGateway
let directory: string
beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 100 } })
  gateway.network.addContact(CONTACT, { name: "Juan Pérez" })
  gateway.network.addPhone(MY_NUMBER)
  directory = mkdtempSync(join(tmpdir(), "bitacora-calls-"))
  writeFileSync(join(directory, "imagen.jpg"), jpeg)
})
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true })
  await gateway[Symbol.asyncDispose]()
})

/** The call as a person would type it. */
const argumentsOf = ({ method, path, contentType, body }: Call): readonly string[] => [
  "--silent",
  "--show-error",
  "--request",
  method,
  "--header",
  `X-API-Key: ${OPERATOR_KEY}`,
  ...(contentType === "application/json" ? ["--header", `Content-Type: ${contentType}`, "--data", body] : []),
  ...(contentType === "multipart/form-data" ? formOf(body) : []),
  "--write-out",
  "\n%{http_code}",
  `${gateway.url}${path.replace("{sessionId}", SESSION)}`
]

/** `name: value` a line; the value `[archivo]` is a file. */
const formOf = (body: string): readonly string[] =>
  body.split("\n").flatMap((line) => {
    const [, name = "", value = ""] = /^(\w+): (.*)$/.exec(line) ?? []
    return ["--form", value.startsWith("[archivo]") ? `${name}=@imagen.jpg` : `${name}=${value}`]
  })

/** A message for the session to list. */
const receive = async (): Promise<void> => {
  const file = { media: jpeg, mimetype: "image/jpeg", caption: "Texto del mensaje" }
  const id = await gateway.network.contact(CONTACT).send(MY_NUMBER, file)
  const operator = { operator: true }
  await until(async () => (await gateway.get(`/v1/messages/${id}`, operator)).status === 200, "the message")
}

const curl = (call: Call): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> =>
  new Promise((resolve, reject) => {
    execFile("curl", [...argumentsOf(call)], { cwd: directory, timeout: 15_000 }, (failure, out) => {
      const at = out.lastIndexOf("\n")
      if (failure === null) resolve({ status: Number(out.slice(at)), body: JSON.parse(out.slice(0, at)) })
      else reject(failure)
    })
  })

const text = expect.any(String)
const count = expect.any(Number)
const session = { sessionId: SESSION, ready: true, number: MY_NUMBER, name: null, connectedAt: count }
const sent = { success: true, messageId: text, to: CONTACT, timestamp: count }
const received = {
  id: text,
  sessionId: SESSION,
  from: `${CONTACT}@c.us`,
  body: "Texto del mensaje",
  type: "image",
  timestamp: count,
  contact: { name: "Juan Pérez", number: CONTACT },
  media: { mimetype: "image/jpeg", url: expect.stringMatching(/^\/v1\/messages\/\w+\/media$/), filename: null }
}
const connected = { ...session, state: "CONNECTED", disconnectedAt: null }
const states = ["NONE", "INIT", "QR", "LOADING", "CONNECTED", "RECONNECTING", "ERROR"]
const sessions = Object.fromEntries(states.map((state) => [state, state === "CONNECTED" ? 1 : 0]))
const server = { name: "Bitácora", version: "0.0.0-test", uptime: count, sessions }

/** The response to each call, in the order in which the document has them. */
const golden: Readonly<Record<string, readonly [number, object]>> = {
  "POST /api/start-session": [201, { success: true, sessionId: SESSION, state: "INIT" }],
  "GET /api/qr/{sessionId}": [200, { success: true, sessionId: SESSION, qr: text }],
  "GET /api/status/{sessionId}": [200, { success: true, ...connected }],
  "GET /api/sessions": [200, { success: true, sessions: [connected] }],
  "POST /api/send-message": [200, sent],
  "POST /api/send-media": [200, sent],
  "GET /api/messages/{sessionId}?limit=50": [200, { success: true, messages: [received] }],
  "POST /webhook/config": [200, { success: true, webhookUrl: "https://tu-servidor.com/webhook" }],
  "GET /info": [200, { success: true, ...server }],
  "GET /api/health": [200, expect.objectContaining({ ok: true, success: true, status: "ok", ...server })],
  "POST /api/logout/{sessionId}": [200, { success: true }]
}

describe.skipIf(!isThere)("the calls of the document, with curl", () => {
  it("are all that there are", () => {
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual(Object.keys(golden))
  })

  it.each(calls.map((call) => [`${call.method} ${call.path}`, call] as const))("%s", async (name, call) => {
    if (call.path.startsWith("/api/qr/")) await gateway.session(SESSION)
    if (call.path.startsWith("/api/messages/")) await receive()
    const answer = await curl(call)
    const [status, body] = golden[name] ?? []
    expect(answer).toEqual({ status, body })
    if (call.path.startsWith("/api/qr/")) {
      await gateway.network.phone(MY_NUMBER).scanQr(answer.body.qr as string)
      await gateway.untilSession(SESSION, "CONNECTED")
    }
  })

  it("have reached the contact", () => {
    expect(gateway.network.contact(CONTACT).inbox).toMatchObject([
      { type: "text", text: "¡Hola desde la API!" },
      { type: "image", text: "Descripción del archivo", mimetype: "image/jpeg", bytes: jpeg.length }
    ])
  })
})
