/** Media between clients and contacts, and the media server. */
import { createHash, randomBytes } from "node:crypto"
import { request } from "node:https"
import { downloadMediaMessage, type WAMessage } from "@whiskeysockets/baileys"
import { describe, expect, it } from "vitest"
import { until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const UPLOAD_MAX = 2 * 1024 * 1024
const sandbox = useNetwork({ uploadBytesMax: UPLOAD_MAX, mediaBytesMax: 3 * UPLOAD_MAX })

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64"
)

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")
const download = async (message: WAMessage | undefined): Promise<Buffer> => {
  if (message === undefined) throw new Error("no message")
  return downloadMediaMessage(message, "buffer", {})
}

describe("media of a client", () => {
  it("reaches a contact byte for byte: a document, with its name and caption", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const file = randomBytes(300_000)
    const content = { document: file, mimetype: "application/pdf", fileName: "invoice.pdf", caption: "March" }
    await client.sock.sendMessage(contact.jid, content)
    await until(() => contact.inbox.length === 1, "the document")
    expect(contact.inbox[0]).toMatchObject({
      type: "document",
      text: "March",
      filename: "invoice.pdf",
      mimetype: "application/pdf",
      bytes: file.length,
      sha256: sha256(file)
    })
  })

  it("comes back from an echo byte for byte: an image", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber(), { behaviour: "echo" })
    await client.sock.sendMessage(contact.jid, { image: PNG, caption: "a dot" })
    const echoed = () => client.incoming.find(({ key, message }) => key.fromMe === false && message?.imageMessage)
    await until(echoed, "the echo")
    expect(echoed()?.message?.imageMessage?.caption).toBe("a dot")
    expect(await download(echoed())).toEqual(PNG)
  })

  it("is not sent when its upload is answered with 503, and is sent by a second attempt", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const content = { document: Buffer.from("x"), mimetype: "text/plain", fileName: "x.txt" }
    sandbox.network.fault({ kind: "upload_error" })
    await expect(client.sock.sendMessage(contact.jid, content)).rejects.toThrow("Media upload failed on all hosts")
    await client.sock.sendMessage(contact.jid, content)
    await until(() => contact.inbox.length === 1, "the document")
  })

  it("is not sent when it is larger than uploadBytesMax", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const content = { document: Buffer.alloc(UPLOAD_MAX + 1), mimetype: "text/plain", fileName: "x.txt" }
    await expect(client.sock.sendMessage(contact.jid, content)).rejects.toThrow("Media upload failed on all hosts")
  })
})

describe("media of a contact", () => {
  it("reaches the client byte for byte: documents, image, voice note, video, sticker", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const file = randomBytes(100_001)
    await contact.send(number, { media: file, mimetype: "application/zip", filename: "a.zip" })
    await contact.send(number, { media: file, mimetype: "application/zip", filename: "b.zip", caption: "with a word" })
    await contact.send(number, { media: PNG, mimetype: "image/png", caption: "a dot" })
    await contact.send(number, { media: file, mimetype: "audio/ogg; codecs=opus", ptt: true })
    await contact.send(number, { media: file, mimetype: "video/mp4" })
    await contact.send(number, { media: PNG, mimetype: "image/webp", as: "sticker" })
    await until(() => client.incoming.length === 6, "all six")
    const [zip, captioned, image, voice, video, sticker] = client.incoming
    expect(zip?.message?.documentMessage?.fileName).toBe("a.zip")
    expect(captioned?.message?.documentWithCaptionMessage?.message?.documentMessage?.caption).toBe("with a word")
    expect(image?.message?.imageMessage?.caption).toBe("a dot")
    expect(voice?.message?.audioMessage?.ptt).toBe(true)
    for (const [message, bytes] of [
      [zip, file],
      [captioned, file],
      [image, PNG],
      [voice, file],
      [video, file],
      [sticker, PNG]
    ] as const)
      expect(await download(message)).toEqual(bytes)
  })

  it("is uploaded again by the phone, which the client asks when the file has expired", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    await contact.send(number, { media: PNG, mimetype: "image/png" })
    await until(() => client.incoming.length === 1, "the image")
    const [message] = client.incoming
    if (message === undefined) throw new Error("no message")
    sandbox.network.expireMedia()
    await expect(download(message)).rejects.toThrow()
    const phone = sandbox.network.phone(number)
    phone.setReuploads("not_found")
    await expect(client.sock.updateMediaMessage(message)).rejects.toThrow("Failed to re-upload media (2)")
    phone.setReuploads("upload")
    const { directPath } = (await client.sock.updateMediaMessage(message)).message?.imageMessage ?? {}
    const image = {
      ...message.message?.imageMessage,
      directPath,
      url: `https://${sandbox.network.mediaHost}${directPath}`
    }
    expect(await download({ ...message, message: { imageMessage: image } } as typeof message)).toEqual(PNG)
  })

  it("can be downloaded in part", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const file = randomBytes(5000)
    await contact.send(number, { media: file, mimetype: "application/zip", filename: "a.zip" })
    await until(() => client.incoming.length === 1, "the document")
    const [message] = client.incoming
    if (message === undefined) throw new Error("no message")
    expect(await downloadMediaMessage(message, "buffer", { startByte: 1000, endByte: 2000 })).toEqual(
      file.subarray(1000, 2000)
    )
  })
})

describe("the media server", () => {
  const call = (method: string, path: string, headers: Record<string, string> = {}): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const options = { method, ca: sandbox.network.ca, headers }
      const outgoing = request(`https://${sandbox.network.mediaHost}${path}`, options, (response) => {
        response.resume()
        response.on("end", () => resolve(response.statusCode))
      })
      outgoing.on("error", reject)
      outgoing.end()
    })

  it("refuses uploads without its token, wrong paths, other methods and unknown media", async () => {
    expect(await call("POST", "/mms/image/abc")).toBe(401)
    expect(await call("POST", "/mms/image/abc?auth=wrong")).toBe(401)
    expect(await call("POST", "/../etc/passwd")).toBe(404)
    expect(await call("GET", "/d/mms/image/abc")).toBe(404)
    expect(await call("DELETE", "/d/mms/image/abc")).toBe(405)
  })

  it("deletes and logs the oldest media when all media is over mediaBytesMax", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const before = sandbox.network.stats().droppedMedia
    const half = randomBytes(UPLOAD_MAX - 100)
    for (let sent = 0; sent < 4; sent++) await contact.send(number, { media: half, mimetype: "application/zip" })
    await until(() => client.incoming.length === 4, "all four")
    expect(sandbox.network.stats().droppedMedia).toBeGreaterThan(before)
    expect(sandbox.network.stats().mediaBytes).toBeLessThanOrEqual(3 * UPLOAD_MAX)
    expect(sandbox.log.some((line) => line.includes("media is over its bound"))).toBe(true)
    await expect(download(client.incoming[0])).rejects.toThrow()
    expect(await download(client.incoming[3])).toEqual(half)
  })
})
