/** Recordings and videos are read whatever a client made of them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { open } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import { readVideo } from "../../../src/application/previews/mp4.ts"
import { OggOpusReader } from "../../../src/application/previews/ogg-opus.ts"
import { readRecording } from "../../../src/application/previews/recordings.ts"
import { BARS, waveformOf } from "../../../src/application/previews/waveform.ts"

const folder = mkdtempSync(join(tmpdir(), "bitacora-recordings-"))
afterAll(() => rmSync(folder, { recursive: true }))

const sample = (name: string) => readFileSync(new URL(`../../support/media/${name}`, import.meta.url))
const voice = sample("voice.ogg")
const video = sample("video.mp4")

const damaged = (bytes: Buffer) =>
  fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 20 }).map((places) => {
    const copy = Buffer.from(bytes)
    for (const [at, byte] of places) copy[at] = byte
    return copy
  })

const inPieces = (bytes: Buffer, size: number) => {
  const reader = new OggOpusReader()
  const packets: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) packets.push(...reader.read(bytes.subarray(at, at + size)))
  return { packets, seconds: reader.seconds, stream: reader.stream }
}

describe("a voice note", () => {
  it("is the same in pieces of any size", () => {
    const whole = inPieces(voice, voice.length)
    expect(whole).toMatchObject({ stream: { channels: 1, isSimple: true } })
    expect(whole.seconds).toBeCloseTo(3, 1)
    expect(whole.packets).toHaveLength(151)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: voice.length }), (size) => {
        expect(inPieces(voice, size)).toEqual(whole)
      }),
      { numRuns: 30 }
    )
  })

  it("that is damaged is read, or refused as no Ogg", () => {
    fc.assert(
      fc.property(damaged(voice), fc.integer({ min: 1, max: 4_000 }), (bytes, size) => {
        try {
          inPieces(bytes, size)
        } catch (failure) {
          expect((failure as Error).message).toBe("it is not Ogg")
        }
      })
    )
  })

  it("that is damaged does not end the thread that reads it", async () => {
    const path = join(folder, "voice")
    await fc.assert(
      fc.asyncProperty(damaged(voice), async (bytes) => {
        writeFileSync(path, bytes)
        const { seconds = 1, waveform } = await Effect.runPromise(readRecording({ path, kind: "voiceNote" }))
        expect(seconds).toBeGreaterThan(0)
        if (waveform !== undefined) expect(Math.max(...waveform)).toBeLessThanOrEqual(100)
      }),
      { numRuns: 30 }
    )
    writeFileSync(path, voice)
    expect(await Effect.runPromise(readRecording({ path, kind: "voiceNote" }))).toMatchObject({ seconds: 3 })
  })
})

describe("a video", () => {
  const read = async (bytes: Buffer) => {
    const path = join(folder, "video")
    writeFileSync(path, bytes)
    await using file = await open(path)
    return await readVideo(file)
  }

  it("tells its length and its size", async () => {
    expect(await read(video)).toEqual({ seconds: 3, width: 64, height: 48 })
  })

  it("that is damaged, cut off or something else is read to its end", async () => {
    await fc.assert(
      fc.asyncProperty(damaged(video), fc.nat(video.length), async (bytes, length) => {
        const { seconds = 0, width = 1, height = 1 } = await read(bytes.subarray(0, length))
        expect(seconds).toBeGreaterThanOrEqual(0)
        expect(Math.min(width, height)).toBeGreaterThan(0)
      }),
      { numRuns: 200 }
    )
  })
})

it("a waveform has 64 bars of 0 to 100, the loudest 100, however long the recording is", () => {
  const levels = fc.array(fc.float({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 500 })
  fc.assert(
    fc.property(levels, (given) => {
      const bars = [...(waveformOf(given) ?? [])]
      expect(bars).toHaveLength(BARS)
      if (given.some((level) => level > 0.001)) expect(Math.max(...bars)).toBeGreaterThanOrEqual(99)
      expect(Math.max(...bars)).toBeLessThanOrEqual(100)
    })
  )
  expect(waveformOf([])).toBeUndefined()
  expect(waveformOf([0, 0])).toEqual(new Uint8Array(BARS))
})
