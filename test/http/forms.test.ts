/** Files in forms (multipart/form-data) to POST /v1/devices/:id/messages. */
import { execFile } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { jpeg, pdf, voice } from "../support/sample-files.ts"
import { until } from "../support/until.ts"

const ME = "51948907640"
const CONTACT = "51999999999"
const FILE_MAX = 1_000_000

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { MAX_ATTACHMENT_SIZE: String(FILE_MAX) },
    network: { prekeyCount: 100, mediaBytesMax: 10 * FILE_MAX, log: () => {} }
  })
  gateway.network.addContact(CONTACT, { behaviour: "silent" })
  token = await gateway.user(ME)
  await gateway.connect(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")
const filesKept = () => readdirSync(join(gateway.directory, "media")).toSorted()
const path = `/v1/devices/${ME}/messages`
const url = () => `${gateway.url}${path}`
const inInbox = (id: string) =>
  until(() => gateway.network.contact(CONTACT).inbox.find((message) => message.id === id), "the message at its contact")

type Part = string | { readonly bytes: Uint8Array; readonly name: string }

const formOf = (parts: readonly (readonly [string, Part])[]): FormData => {
  const form = new FormData()
  for (const [name, part] of parts) {
    if (typeof part === "string") form.append(name, part)
    else form.append(name, new Blob([Buffer.from(part.bytes)]), part.name)
  }
  return form
}

const post = async (parts: readonly (readonly [string, Part])[], headers: Record<string, string> = {}) => {
  const answer = await fetch(url(), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, ...headers },
    body: formOf(parts)
  })
  // oxlint-disable-next-line typescript/no-explicit-any -- each test checks the response that it reads
  return { status: answer.status, body: (await answer.json()) as any }
}

const raw = async (body: string | Buffer, contentType: string) => {
  const headers = { authorization: `Bearer ${token}`, "content-type": contentType }
  const answer = await fetch(url(), { method: "POST", headers, body: Buffer.from(body) })
  // oxlint-disable-next-line typescript/no-explicit-any -- each test checks the response that it reads
  return { status: answer.status, body: (await answer.json()) as any }
}

describe("a form with a file", () => {
  it.each([
    ["the file last", ["to", "caption", "media"]],
    ["the file first", ["media", "caption", "to"]]
  ])("arrives byte for byte at the contact, %s", async (_, order) => {
    const bytes = Buffer.concat([pdf, randomBytes(300_000), Buffer.from("\r\n--"), randomBytes(1_000)])
    const parts = { to: CONTACT, caption: "la factura 📄", media: { bytes, name: "factura Nº 1.pdf" } }
    const { status, body } = await post(order.map((name) => [name, parts[name as keyof typeof parts]] as const))
    expect([status, body.content]).toMatchObject([202, { kind: "document", filename: "factura Nº 1.pdf" }])
    expect(await inInbox(body.id)).toMatchObject({
      type: "document",
      text: "la factura 📄",
      filename: "factura Nº 1.pdf",
      mimetype: "application/pdf",
      sha256: sha256(bytes),
      bytes: bytes.length
    })
  })

  it("runs with curl", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bitacora-curl-"))
    writeFileSync(join(folder, "recibo.pdf"), pdf)
    const { stdout } = await promisify(execFile)("curl", [
      "--silent",
      "--header",
      `authorization: Bearer ${token}`,
      "--form",
      `to=${CONTACT}`,
      "--form",
      `media=@${join(folder, "recibo.pdf")}`,
      url()
    ])
    rmSync(folder, { recursive: true })
    const { id, content } = JSON.parse(stdout) as { id: string; content: { filename: string } }
    expect(content.filename).toBe("recibo.pdf")
    expect((await inInbox(id)).sha256).toBe(sha256(pdf))
  })

  it("prefers the field for the name, cuts a name that is too long, and reads flags", async () => {
    const media = { bytes: pdf, name: `${"n".repeat(300)}.pdf` }
    const cut = await post([
      ["to", CONTACT],
      ["media", media]
    ])
    expect(cut.body.content.filename).toMatch(/^n{251}\.pdf$/)
    const named = await post([
      ["to", CONTACT],
      ["media", media],
      ["filename", "b.pdf"]
    ])
    expect(named.body.content.filename).toBe("b.pdf")
    const note = { bytes: voice, name: "nota.ogg" }
    const audio = await post([
      ["to", CONTACT],
      ["media", note],
      ["voiceNote", "false"]
    ])
    expect([audio.status, audio.body.content.voiceNote]).toEqual([202, undefined])
    const wrong = await post([
      ["to", CONTACT],
      ["media", note],
      ["voiceNote", "quizás"]
    ])
    expect([wrong.status, wrong.body.field]).toEqual([400, "voiceNote"])
  })

  it("may have the file in base64 as a text", async () => {
    const { body } = await post([
      ["to", CONTACT],
      ["media", jpeg.toString("base64")]
    ])
    expect((await inInbox(body.id)).sha256).toBe(sha256(jpeg))
    const wrong = await post([
      ["to", CONTACT],
      ["media", "¡no!"]
    ])
    expect([wrong.status, wrong.body.field]).toEqual([400, "media"])
  })

  it("may be of no bytes, and without a file it is a text", async () => {
    const empty = await post([
      ["to", CONTACT],
      ["media", { bytes: Buffer.alloc(0), name: "vacío.txt" }]
    ])
    expect((await inInbox(empty.body.id)).bytes).toBe(0)
    const { body } = await post([
      ["to", CONTACT],
      ["text", "hola"]
    ])
    expect((await inInbox(body.id)).text).toBe("hola")
  })

  it("[OUT-2] repeated with its key creates one message", async () => {
    const parts = [
      ["to", CONTACT],
      ["media", { bytes: pdf, name: "a.pdf" }]
    ] as const
    const key = { "idempotency-key": "form-1" }
    const [first, second] = [await post(parts, key), await post(parts, key)]
    expect(second.body.id).toBe(first.body.id)
    const other = [
      ["to", CONTACT],
      ["media", { bytes: jpeg, name: "a.pdf" }]
    ] as const
    expect((await post(other, key)).status).toBe(422)
  })
})

describe("a form that is refused leaves no file behind:", () => {
  const leavesNothing = async (act: () => Promise<void>) => {
    const before = filesKept()
    await act()
    await until(() => filesKept().join() === before.join(), "the end of the file")
  }

  it("413 for a file over the limit, with and without its declared length", async () => {
    await leavesNothing(async () => {
      const media = { bytes: randomBytes(FILE_MAX + 1), name: "a.bin" }
      const { status, body } = await post([
        ["to", CONTACT],
        ["media", media]
      ])
      expect([status, body.code]).toEqual([413, "file-too-large"])
      const chunked = await fetch(url(), {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "multipart/form-data; boundary=b" },
        body: new ReadableStream({
          start(controller) {
            controller.enqueue(Buffer.from('--b\r\ncontent-disposition: form-data; name="media"; filename="a"\r\n\r\n'))
            controller.enqueue(randomBytes(FILE_MAX + 1))
            controller.enqueue(
              Buffer.from(`\r\n--b\r\ncontent-disposition: form-data; name="to"\r\n\r\n${CONTACT}\r\n--b--`)
            )
            controller.close()
          }
        }),
        duplex: "half"
      })
      expect(chunked.status).toBe(413)
      const far = { bytes: randomBytes(3 * FILE_MAX), name: "a.bin" }
      expect(
        (
          await post([
            ["to", CONTACT],
            ["media", far]
          ])
        ).body.code
      ).toBe("body-too-large")
    })
  })

  it("400 for a wrong field, two files, another file, and a part with a forbidden name", async () => {
    await leavesNothing(async () => {
      const media = { bytes: pdf, name: "a.pdf" }
      const wrong = await post([
        ["media", media],
        ["to", "nadie"]
      ])
      expect([wrong.status, wrong.body.field]).toEqual([400, "to"])
      for (const parts of [
        [
          ["media", media],
          ["media", media]
        ],
        [
          ["to", CONTACT],
          ["other", media]
        ],
        [
          ["to", CONTACT],
          ["media", media],
          ["__proto__", "x"]
        ]
      ] as const) {
        const { status, body } = await post([...parts])
        expect([status, body.code]).toEqual([400, "invalid-multipart"])
      }
      const unknown = await post([
        ["to", CONTACT],
        ["media", media],
        ["mediaa", "x"]
      ])
      expect([unknown.status, unknown.body.field]).toEqual([400, "mediaa"])
    })
  })

  it("400 for what is no form, or not a whole one, and 413 for too much text", async () => {
    await leavesNothing(async () => {
      const form = "multipart/form-data; boundary=b"
      const head = '--b\r\ncontent-disposition: form-data; name="media"; filename="a"\r\n\r\n'
      expect((await raw("{}", "multipart/form-data")).body.code).toBe("invalid-multipart")
      expect((await raw(`${head}abc`, form)).body.code).toBe("invalid-multipart")
      expect((await raw(`{"to":"${CONTACT}"}`, form)).status).toBe(400)
      const long = await post([
        ["to", CONTACT],
        ["text", "x".repeat(900_000)],
        ["caption", "x".repeat(200_000)]
      ])
      expect([long.status, long.body.code]).toEqual([413, "body-too-large"])
      const many = Array.from({ length: 60 }, (_, n) => [`f${n}`, "x"] as const)
      expect((await post(many)).body.code).toBe("invalid-multipart")
    })
  })

  it("a client that hangs up in the middle", async () => {
    await leavesNothing(async () => {
      const socket = connect(gateway.gateway.port, "127.0.0.1")
      const head = [
        `POST ${path} HTTP/1.1`,
        "host: x",
        `authorization: Bearer ${token}`,
        "content-type: multipart/form-data; boundary=b",
        "content-length: 500000"
      ]
      socket.write(
        `${head.join("\r\n")}\r\n\r\n--b\r\ncontent-disposition: form-data; name="media"; filename="a"\r\n\r\n`
      )
      socket.write(randomBytes(200_000))
      await until(() => filesKept().some((name) => name.endsWith(".part")), "a part of the file")
      socket.destroy()
    })
  })

  it("[LOG-8] a client that hangs up before the ack: the file of the accepted message can be erased", async () => {
    await leavesNothing(async () => {
      gateway.network.fault({ kind: "latency", ms: 500, number: ME })
      const hangUp = new AbortController()
      const secret = Buffer.concat([pdf, randomBytes(100)])
      const parts = [
        ["to", CONTACT],
        ["media", { bytes: secret, name: "a.pdf" }]
      ] as const
      const headers = { authorization: `Bearer ${token}`, prefer: "wait=20" }
      const sent = fetch(url(), { method: "POST", headers, body: formOf(parts), signal: hangUp.signal })
      const queued = await until(
        async () =>
          (await gateway.events(token, ME)).find(({ data }) => data.content?.media?.sha256 === sha256(secret)),
        "the accepted message"
      )
      hangUp.abort()
      await expect(sent).rejects.toThrow("aborted")
      await inInbox(queued.data.messageId)
      gateway.network.clearFaults()
      await until(async () => {
        const { body } = await gateway.get(`/v1/messages/${queued.data.messageId}`, { token })
        return body.status !== "queued"
      }, "the ack")
      await gateway.call("DELETE", `/v1/messages/${queued.data.messageId}/content`, { token })
    })
  })

  it("a device that is not connected, before a large file is read", async () => {
    await leavesNothing(async () => {
      const idle = await gateway.user("51948907650")
      await gateway.post("/api/add-device", { numero: "51948907650", nombre: "x" }, { token: idle })
      const answer = await fetch(`${gateway.url}/v1/devices/51948907650/messages`, {
        method: "POST",
        headers: { authorization: `Bearer ${idle}` },
        body: formOf([
          ["to", CONTACT],
          ["media", { bytes: randomBytes(FILE_MAX), name: "a" }]
        ])
      })
      expect(answer.status).toBe(409)
    })
  })
})
