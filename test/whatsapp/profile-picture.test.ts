import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { profilePicture } from "../../src/whatsapp/baileys/operations/picture.ts"
import { widePicture } from "../support/pictures.ts"

let mediaDirectory: string

beforeAll(() => {
  mediaDirectory = mkdtempSync(join(tmpdir(), "bitacora-pictures-"))
})
afterAll(() => rmSync(mediaDirectory, { recursive: true, force: true }))

const read = (bytes: Uint8Array | string) => {
  const file = { sha256: "a".repeat(64), bytes: bytes.length, mimetype: "application/octet-stream" }
  writeFileSync(join(mediaDirectory, file.sha256), bytes)
  return profilePicture({ mediaDirectory }, file)
}

describe("a profile picture", () => {
  it("is a square JPEG, whatever shape and format the client gave", async () => {
    const { format, width, height } = await sharp(await read(await widePicture())).metadata()
    expect({ format, width, height }).toEqual({ format: "jpeg", width: 640, height: 640 })
  })

  it.each([
    ["a text", "hola"],
    ["an SVG, which may name other files", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'],
    ["nothing", ""]
  ])("is not %s", async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ _tag: "OperationUnfit", field: "picture" })
  })

  it("is not a part of a picture", async () => {
    const whole = await widePicture()
    await expect(read(whole.subarray(0, whole.length / 2))).rejects.toMatchObject({ _tag: "OperationUnfit" })
  })
})
