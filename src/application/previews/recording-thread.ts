/** The thread of recordings.ts. What it reads comes from clients; recordings.ts ends the thread if it takes too long. */
import { createReadStream } from "node:fs"
import { open } from "node:fs/promises"
import { parentPort } from "node:worker_threads"
import { parseFile } from "music-metadata"
import { OpusDecoder } from "opus-decoder"
import { readVideo } from "./mp4.ts"
import { OggOpusReader } from "./ogg-opus.ts"
import { waveformOf } from "./waveform.ts"

export interface Order {
  readonly path: string
  readonly kind: "voiceNote" | "audio" | "video"
}

/** What is known so far: the length comes first, because the waveform takes longer. `isLast`: nothing more follows. */
export interface Report {
  readonly isLast: boolean
  readonly seconds?: number | undefined
  readonly waveform?: Uint8Array | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
}

const report = (known: Report): void =>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads, not a window
  parentPort?.postMessage(known)

const readAudio = async (path: string): Promise<void> => {
  const { format } = await parseFile(path, { duration: true, skipCovers: true })
  report({ seconds: format.duration, isLast: true })
}

const readShape = async (path: string): Promise<void> => {
  await using file = await open(path)
  report({ ...(await readVideo(file)), isLast: true })
}

const readVoiceNote = async (path: string): Promise<void> => {
  const length = new OggOpusReader()
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) length.read(chunk)
  const { stream, seconds } = length
  const isLast = stream === undefined || !stream.isSimple
  report({ seconds, isLast })
  if (!isLast) report({ seconds, waveform: await waveformOfFile(path, stream.channels), isLast: true })
}

const waveformOfFile = async (path: string, channels: number): Promise<Uint8Array | undefined> => {
  // 8 kHz is enough for 64 bars, and is decoded fastest.
  const decoder = new OpusDecoder({ channels, sampleRate: 8_000 })
  await decoder.ready
  const reader = new OggOpusReader()
  const levels: number[] = []
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    for (const packet of reader.read(chunk)) {
      const { channelData, samplesDecoded } = decoder.decodeFrame(packet)
      const [samples = new Float32Array(0)] = channelData
      let sum = 0
      for (const sample of samples.subarray(0, samplesDecoded)) sum += Math.abs(sample)
      levels.push(samplesDecoded === 0 ? 0 : sum / samplesDecoded)
    }
  }
  decoder.free()
  return waveformOf(levels)
}

const readers = { voiceNote: readVoiceNote, audio: readAudio, video: readShape }

parentPort?.on("message", ({ path, kind }: Order) => {
  readers[kind](path).catch(() => report({ isLast: true }))
})
