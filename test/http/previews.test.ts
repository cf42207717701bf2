/** What phones show of a file: pictures that are converted, and what a chat shows before a file is loaded. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { proto } from "@whiskeysockets/baileys"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const ME = "51948907640"
const CONTACT = "51999999999"

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 100, log: () => {} } })
  gateway.network.addContact(CONTACT, { behaviour: "silent" })
  token = await gateway.user(ME)
  await gateway.connect(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const folder = new URL("../support/media/", import.meta.url)
const recording = (name: string) => readFileSync(new URL(name, folder))

const send = (kind: string, media: Buffer, filename: string) =>
  gateway.post(
    `/v1/devices/${ME}/messages`,
    { to: CONTACT, kind, media: media.toString("base64"), filename },
    { token, headers: { prefer: "wait=20" } }
  )

const received = async (id: string): Promise<proto.IMessage> => {
  const message = await until(
    () => gateway.network.contact(CONTACT).inbox.find((each) => each.id === id),
    "the message at its contact"
  )
  expect(message.mediaError).toBeUndefined()
  return proto.Message.decode(message.raw)
}

const kept = async (id: string): Promise<Buffer> => {
  const answer = await fetch(`${gateway.url}/v1/messages/${id}/media`, {
    headers: { authorization: `Bearer ${token}` }
  })
  return Buffer.from(await answer.arrayBuffer())
}

const red = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 30, b: 30 } } })

describe("a picture", () => {
  it.each(["jpeg", "png"] as const)("in %s is sent unchanged, with its size and a thumbnail", async (format) => {
    const media = await red(400, 200).toFormat(format).toBuffer()
    const { status, body } = await send("image", media, `foto.${format}`)
    expect([status, body.content]).toMatchObject([200, { kind: "image", width: 400, height: 200 }])
    expect(body.content.given).toBeUndefined()
    expect(JSON.stringify(body)).not.toContain("thumbnail")
    const { imageMessage } = await received(body.id)
    expect(imageMessage).toMatchObject({ width: 400, height: 200, mimetype: `image/${format}` })
    const thumbnail = await sharp(Buffer.from(imageMessage?.jpegThumbnail ?? [])).metadata()
    expect(thumbnail).toMatchObject({ format: "jpeg", width: 96, height: 48 })
    expect((await kept(body.id)).equals(media)).toBe(true)
  })

  it("that was taken upright has the size that a phone shows", async () => {
    const media = await red(400, 200).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const { body } = await send("image", media, "foto.jpg")
    expect(body.content).toMatchObject({ width: 200, height: 400 })
  })

  it.each(["avif", "webp", "tiff", "gif"] as const)("in %s is converted to JPEG", async (format) => {
    const media = await red(400, 200).toFormat(format).toBuffer()
    const { status, body } = await send("image", media, `foto.${format}`)
    const content = { kind: "image", mimetype: "image/jpeg", filename: "foto.jpg", width: 400, height: 200 }
    const given = { kind: "image", mimetype: `image/${format}` }
    expect([status, body.content]).toMatchObject([200, { ...content, given }])
    const { imageMessage } = await received(body.id)
    expect(imageMessage).toMatchObject({ mimetype: "image/jpeg", width: 400, height: 200 })
    const bytes = await kept(body.id)
    expect(await sharp(bytes).metadata()).toMatchObject({ format: "jpeg", width: 400, height: 200 })
    const { dominant } = await sharp(bytes).stats()
    expect(dominant.r).toBeGreaterThan(180)
    // The file as it was given is not kept.
    expect(readdirSync(join(gateway.directory, "media")).filter((name) => name.endsWith(".part"))).toEqual([])
  })

  it("is converted for WHATSAPP25 too; its answer names a document only where it is one", async () => {
    const ask = async (media: Buffer) =>
      gateway.post(
        "/api/send-whatsap",
        { number: CONTACT, mediatype: "image", media: media.toString("base64"), filename: "a.webp" },
        { token }
      )
    const { status, body } = await ask(await red(40, 40).webp().toBuffer())
    expect([status, body.mediatype]).toEqual([200, undefined])
    expect((await received(body.messageId)).imageMessage).toMatchObject({ mimetype: "image/jpeg" })
    const moving = await sharp(await animation(), { animated: true })
      .webp()
      .toBuffer()
    expect((await ask(moving)).body.mediatype).toBe("document")
  })

  it("that moves is not made a still: it goes as a document", async () => {
    const { body } = await send("image", await animation(), "baile.gif")
    const given = { kind: "image", mimetype: "image/gif" }
    expect(body.content).toMatchObject({ kind: "document", mimetype: "image/gif", filename: "baile.gif", given })
  })

  it("becomes a sticker, which moves if the picture does", async () => {
    for (const [media, pages] of [
      [await red(400, 200).png().toBuffer(), undefined],
      [await animation(), 3]
    ] as const) {
      const { body } = await send("sticker", media, "a")
      expect(body.content).toMatchObject({ kind: "sticker", mimetype: "image/webp" })
      expect((await received(body.id)).stickerMessage).toMatchObject({ mimetype: "image/webp" })
      const {
        width,
        height,
        pageHeight,
        pages: found
      } = await sharp(await kept(body.id), { animated: true }).metadata()
      expect([width, pageHeight ?? height, found]).toEqual([512, 512, pages])
    }
  })

  it("with too many pixels is not decoded: it is sent without a thumbnail, and not converted", async () => {
    const bomb = await red(12_000, 12_000).png({ compressionLevel: 9 }).toBuffer()
    expect(bomb.length).toBeLessThan(3_000_000)
    const before = process.memoryUsage.rss()
    const shown = await send("image", bomb, "bomba.png")
    expect(shown.body.content).toMatchObject({ kind: "image", mimetype: "image/png" })
    expect(shown.body.content.width).toBeUndefined()
    const { imageMessage } = await received(shown.body.id)
    expect(imageMessage?.jpegThumbnail?.length ?? 0).toBe(0)
    const sticker = await send("sticker", bomb, "bomba.png")
    expect(sticker.body.content).toMatchObject({ kind: "document" })
    expect(process.memoryUsage.rss() - before).toBeLessThan(100_000_000)
  })

  it("that names other files is not decoded", async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/hostname"/></svg>')
    expect((await send("image", svg, "a.svg")).body.content).toMatchObject({ kind: "document" })
    await expect(sharp(svg).metadata()).rejects.toThrow(/unsupported/)
  })
})

/** Three frames. */
const animation = async (): Promise<Buffer> => {
  const frames = [0, 120, 250].map((level) => Buffer.alloc(16 * 16 * 3, level))
  const raw = { width: 16, height: 48, channels: 3 as const, pageHeight: 16 }
  return sharp(Buffer.concat(frames), { raw })
    .gif({ delay: [100, 100, 100] })
    .toBuffer()
}

describe("a recording", () => {
  it("as a voice note has its length and its waveform", async () => {
    const { body } = await send("audio", recording("voice.ogg"), "nota.ogg")
    expect(body.content).toMatchObject({ kind: "audio", voiceNote: true, seconds: 3 })
    const { audioMessage } = await received(body.id)
    expect(audioMessage).toMatchObject({ ptt: true, seconds: 3 })
    const bars = [...(audioMessage?.waveform ?? [])]
    expect(bars).toHaveLength(64)
    // One second of silence, one of a loud tone, one of half of it.
    const [silent, loud, half] = [bars.slice(1, 20), bars.slice(23, 41), bars.slice(45, 62)]
    expect(Math.max(...silent)).toBeLessThan(3)
    expect(Math.min(...loud)).toBeGreaterThan(90)
    for (const bar of half) expect(bar).toBeCloseTo(49, -1)
  })

  it.each(["sound.mp3", "sound.m4a", "sound.aac"])("%s has its length", async (name) => {
    const { body } = await send("audio", recording(name), name)
    expect(body.content).toMatchObject({ kind: "audio", seconds: 3 })
    const { audioMessage } = await received(body.id)
    expect(audioMessage).toMatchObject({ ptt: false, seconds: 3 })
    expect(audioMessage?.waveform?.length ?? 0).toBe(0)
  })

  it.each([
    ["video.mp4", 64, 48],
    ["video.3gp", 176, 144]
  ])("%s has its length and its size", async (name, width, height) => {
    const { body } = await send("video", recording(name), name)
    expect(body.content).toMatchObject({ kind: "video", seconds: 3, width, height })
    expect((await received(body.id)).videoMessage).toMatchObject({ seconds: 3, width, height })
  })

  it("that is damaged is sent without them", async () => {
    for (const name of ["voice.ogg", "sound.mp3", "sound.m4a", "video.mp4"]) {
      const kind = name.startsWith("video") ? "video" : "audio"
      const { status } = await send(kind, recording(name).subarray(0, 900), name)
      expect(status).toBe(200)
    }
  })
})
