/**
 * Takes Opus packets out of Ogg (RFC 3533, RFC 7845): what voice notes are. Only the first stream of a file is read; checksums are not
 * checked, because a decoder tells a damaged packet itself.
 */

export interface OpusStream {
  readonly channels: number
  /** Samples at the beginning that are not played. */
  readonly preSkip: number
  /** Whether the channels are one mono or stereo stream. Others need a table of channels. */
  readonly isSimple: boolean
}

/** Opus counts time in samples of this rate, whatever the recording's rate was. */
export const SAMPLE_RATE = 48_000

const HEADER_BYTES = 27
const PACKET_BYTES_MAX = 1_275 * 3 * 48

export class OggOpusReader {
  /** Known once the first packet was read; undefined for what is not Opus. */
  stream: OpusStream | undefined
  /** The position of the last complete packet, in samples. */
  #granule = 0n
  #serial: number | undefined
  #rest: Buffer = Buffer.alloc(0)
  /** The beginning of a packet that continues on the next page. */
  #partial: Buffer[] = []
  #partialBytes = 0
  #packets = 0

  /** The length of what was read so far. */
  get seconds(): number {
    const samples = this.#granule - BigInt(this.stream?.preSkip ?? 0)
    return samples > 0n ? Number(samples) / SAMPLE_RATE : 0
  }

  /** Returns the audio packets that are complete now. Throws an Error if this is not Ogg. */
  read(bytes: Buffer): readonly Buffer[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const packets: Buffer[] = []
    for (;;) {
      const page = pageOf(this.#rest)
      if (page === undefined) return packets
      this.#rest = this.#rest.subarray(page.length)
      this.#serial ??= page.serial
      if (page.serial === this.#serial) packets.push(...this.#packetsOf(page))
    }
  }

  #packetsOf({ segments, body, granule }: Page): readonly Buffer[] {
    const audio: Buffer[] = []
    let start = 0
    let end = 0
    for (const size of segments) {
      end += size
      if (size === 255) continue
      const packet = this.#complete(body.subarray(start, end))
      start = end
      if (this.#packets === 0) this.stream = streamOf(packet)
      // The second packet holds comments.
      if (this.#packets++ > 1) audio.push(packet)
    }
    if (end > start) this.#keep(body.subarray(start, end))
    // -1: no packet ends on this page.
    if (granule > this.#granule) this.#granule = granule
    return audio
  }

  #complete(end: Buffer): Buffer {
    const packet = this.#partial.length === 0 ? end : Buffer.concat([...this.#partial, end])
    this.#partial = []
    this.#partialBytes = 0
    return packet
  }

  /** The packet of comments may hold a picture; nothing of it is needed. */
  #keep(part: Buffer): void {
    this.#partialBytes += part.length
    if (this.#partialBytes <= PACKET_BYTES_MAX) this.#partial.push(part)
  }
}

interface Page {
  readonly serial: number
  readonly granule: bigint
  readonly segments: Buffer
  readonly body: Buffer
  readonly length: number
}

/** The page at the beginning of these bytes; undefined while it is incomplete. */
const pageOf = (bytes: Buffer): Page | undefined => {
  if (bytes.length >= 4 && bytes.toString("latin1", 0, 4) !== "OggS") throw new Error("it is not Ogg")
  if (bytes.length < HEADER_BYTES) return undefined
  const begin = HEADER_BYTES + bytes.readUInt8(26)
  if (bytes.length < begin) return undefined
  const segments = bytes.subarray(HEADER_BYTES, begin)
  const length = segments.reduce((sum, size) => sum + size, begin)
  if (bytes.length < length) return undefined
  return {
    serial: bytes.readUInt32LE(14),
    granule: bytes.readBigInt64LE(6),
    segments,
    body: bytes.subarray(begin, length),
    length
  }
}

const streamOf = (head: Buffer): OpusStream | undefined => {
  if (head.length < 19 || head.toString("latin1", 0, 8) !== "OpusHead") return undefined
  const channels = head.readUInt8(9)
  return {
    channels,
    preSkip: head.readUInt16LE(10),
    isSimple: head.readUInt8(18) === 0 && (channels === 1 || channels === 2)
  }
}
