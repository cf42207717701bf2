/** What the dashboard gives people to copy: the same call for curl, PHP, Python and Node, each run against a server that notes it. */
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Call, type CallLanguage, callText } from "../../dashboard/src/state/call-text.ts"
import { isNotHere } from "../support/not-here.ts"

interface Heard {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly authorization: string | undefined
  readonly type: string | undefined
  readonly body: string
}

let server: Server
let origin: string
let folder: string
let heard: Heard[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bitacora-call-"))
  writeFileSync(join(folder, "foto.txt"), "contenido")
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const { method, url, headers } = request
      const { authorization, "content-type": type } = headers
      heard.push({ method, url, authorization, type, body: Buffer.concat(chunks).toString() })
      response.end("{}")
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const commands: Readonly<Record<CallLanguage, (code: string) => readonly [string, readonly string[]]>> = {
  curl: (code) => ["sh", ["-c", `${code} -s`]],
  PHP: (code) => ["php", ["-r", code]],
  Python: (code) => ["python3", ["-c", code]],
  Node: (code) => [process.execPath, ["--input-type=module", "-e", code]]
}

const run = async (call: Call, language: CallLanguage): Promise<Heard> => {
  heard = []
  const [command, args] = commands[language](callText(call, language, origin))
  const child = spawn(command, args, { cwd: folder, env: { ...process.env, BITACORA_TOKEN: "secreto" } })
  const complaint: Buffer[] = []
  child.stderr.on("data", (chunk: Buffer) => complaint.push(chunk))
  const code = await new Promise((resolve) => child.on("close", resolve))
  expect(code, Buffer.concat(complaint).toString()).toBe(0)
  const [only] = heard
  if (only === undefined) throw new Error("nothing was called")
  return only
}

const has = (command: string, ...args: readonly string[]): boolean => spawnSync(command, args).status === 0

const languages: readonly (readonly [CallLanguage, boolean])[] = [
  ["curl", has("curl", "--version") || isNotHere("there is no curl", "its calls are not made")],
  [
    "PHP",
    has("php", "-r", "exit(+!function_exists('curl_init'));") || isNotHere("PHP has no curl", "its calls are not made")
  ],
  ["Python", has("python3", "-c", "import requests") || isNotHere("Python has no requests", "its calls are not made")],
  ["Node", true]
]

const TRICKY = `it's "quoted" \\ $HOME \`x\` ñ 😀\nsecond line`

describe.each(languages)("the call for %s", (language, isHere) => {
  it.skipIf(!isHere)("sends the method, the path, the token and the JSON, whatever is in it", async () => {
    const body = { to: "51999999999", text: TRICKY, flag: true, none: null, list: [1, "dos"] }
    const {
      method,
      url,
      authorization,
      type,
      body: sent
    } = await run({ method: "POST", path: "/v1/devices/dev_1/messages?a=b%20c", body }, language)
    expect({ method, url, authorization, type: type?.split(";")[0] }).toEqual({
      method: "POST",
      url: "/v1/devices/dev_1/messages?a=b%20c",
      authorization: "Bearer secreto",
      type: "application/json"
    })
    expect(JSON.parse(sent)).toEqual(body)
  })

  it.skipIf(!isHere)("reads and deletes without a body", async () => {
    for (const method of ["GET", "DELETE"] as const) {
      expect(await run({ method, path: "/v1/webhooks/1" }, language)).toMatchObject({
        method,
        url: "/v1/webhooks/1",
        authorization: "Bearer secreto",
        body: ""
      })
    }
  })

  it.skipIf(!isHere)("sends a file as a form", async () => {
    const call: Call = {
      method: "POST",
      path: "/v1/x",
      body: { caption: TRICKY },
      file: { field: "file", name: "foto.txt" }
    }
    const { type, body } = await run(call, language)
    expect(type).toMatch(/^multipart\/form-data; boundary=/)
    expect(body).toMatch(/name="file"; filename="foto.txt"/)
    expect(body).toContain("contenido")
    expect(body.replaceAll("\r\n", "\n")).toContain(TRICKY)
  })
})
