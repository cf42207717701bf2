import fc from "fast-check"
import { expect, it } from "vitest"
import { FormReader } from "../../../src/http/uploads/form-reader.ts"
import { UploadedFile } from "../../../src/http/uploads/uploaded-file.ts"
import type { MediaSink } from "../../../src/store/media/media-folder.ts"

const CONTENT_TYPE = "multipart/form-data; boundary=b"

/** Parses a form that arrives in pieces of this size. */
const parse = async (body: Buffer, pieceBytes: number) => {
  const written: Uint8Array[] = []
  const sink: MediaSink = {
    path: "",
    write: async (bytes) => void written.push(Uint8Array.from(bytes)),
    detectType: async () => null,
    sha256: () => "",
    finish: async () => ({ sha256: "", bytes: 0 }),
    release: () => {},
    abort: async () => {}
  }
  const file = new UploadedFile(async () => sink)
  const reader = new FormReader(CONTENT_TYPE, { field: "base64", part: "media" }, file)
  for (let at = 0; at < body.length; at += pieceBytes) await reader.read(body.subarray(at, at + pieceBytes))
  await reader.end()
  await file.end()
  return { fields: { ...reader.fields }, filename: file.filename, bytes: Buffer.concat(written) }
}

const disposition = (name: string, more = "") => `--b\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n`
const formOf = (bytes: Uint8Array, text: string) =>
  Buffer.concat([
    Buffer.from(`${disposition("text")}${text}\r\n${disposition("media", '; filename="a.bin"')}`),
    bytes,
    Buffer.from("\r\n--b--\r\n")
  ])
const withoutBoundary = (bytes: Uint8Array) => !Buffer.from(bytes).includes("--b")

it("a form is the same in pieces of any size, whatever its bytes are", async () => {
  const file = fc.uint8Array({ maxLength: 3_000 }).filter(withoutBoundary)
  const text = fc.string({ unit: "binary" }).filter((given) => !given.includes("--b") && given.isWellFormed())
  await fc.assert(
    fc.asyncProperty(file, text, fc.integer({ min: 1, max: 500 }), async (bytes, given, pieceBytes) => {
      const parsed = await parse(formOf(bytes, given), pieceBytes)
      expect(parsed).toEqual({ fields: { text: given }, filename: "a.bin", bytes: Buffer.from(bytes) })
    }),
    { numRuns: 50 }
  )
})

it("a form that is cut off anywhere, or damaged, ends with an error or as a form, and never hangs", async () => {
  const whole = formOf(Buffer.from("abc\r\n--bx def"), "hola")
  const settles = async (body: Buffer) => {
    await parse(body, 7).then(
      () => {},
      (failure: Error) => expect(failure.message).toMatch(/multipart/)
    )
  }
  for (let length = 0; length < whole.length; length++) await settles(whole.subarray(0, length))
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(damage, async (places) => {
      const body = Buffer.from(whole)
      for (const [at, byte] of places) body[at] = byte
      await settles(body)
    }),
    { numRuns: 300 }
  )
})
