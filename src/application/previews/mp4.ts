/**
 * How long and how large a video in MP4 or 3GP is, by its headers (ISO 14496-12: boxes of a length, a type and a content). Reads only
 * the headers, wherever they are in the file.
 */
import type { FileHandle } from "node:fs/promises"

export interface Video {
  readonly seconds: number | undefined
  readonly width: number | undefined
  readonly height: number | undefined
}

/** Of one box that holds others. A file with more is not read to its end. */
const BOXES_MAX = 200

interface Box {
  readonly type: string
  /** Of the content. */
  readonly start: number
  readonly end: number
}

export const readVideo = async (file: FileHandle): Promise<Video> => {
  const { size } = await file.stat()
  const movie = (await boxesIn(file, { start: 0, end: size })).find(({ type }) => type === "moov")
  const boxes = movie === undefined ? [] : await boxesIn(file, movie)
  const header = boxes.find(({ type }) => type === "mvhd")
  let shape: Pick<Video, "width" | "height"> = { width: undefined, height: undefined }
  for (const track of boxes.filter(({ type }) => type === "trak")) {
    const head = (await boxesIn(file, track)).find(({ type }) => type === "tkhd")
    const found = head === undefined ? undefined : await shapeOf(file, head)
    if (found && found.width > 0 && found.height > 0) shape = found
  }
  return { seconds: header === undefined ? undefined : await secondsOf(file, header), ...shape }
}

const boxesIn = async (file: FileHandle, { start, end }: Pick<Box, "start" | "end">): Promise<readonly Box[]> => {
  const boxes: Box[] = []
  for (let at = start; at + 8 <= end && boxes.length < BOXES_MAX; ) {
    const head = await bytesAt(file, at, 16)
    const short = head.readUInt32BE(0)
    // 1: the length follows in 8 bytes. 0: up to the end.
    const length = short === 1 ? Number(head.readBigUInt64BE(8)) : short === 0 ? end - at : short
    const contentAt = at + (short === 1 ? 16 : 8)
    if (length < contentAt - at || at + length > end) break
    boxes.push({ type: head.toString("latin1", 4, 8), start: contentAt, end: at + length })
    at += length
  }
  return boxes
}

/** Version 1 has times of 8 bytes, version 0 of 4. */
const secondsOf = async (file: FileHandle, { start }: Box): Promise<number | undefined> => {
  const head = await bytesAt(file, start, 32)
  const isLong = head.readUInt8(0) === 1
  const scale = head.readUInt32BE(isLong ? 20 : 12)
  const duration = isLong ? Number(head.readBigUInt64BE(24)) : head.readUInt32BE(16)
  return scale > 0 ? duration / scale : undefined
}

/** As the video is shown: one that was recorded upright is turned by its matrix. */
const shapeOf = async (file: FileHandle, { start, end }: Box) => {
  const head = await bytesAt(file, end - MATRIX_AND_SHAPE, MATRIX_AND_SHAPE)
  const [width, height] = [head.readUInt16BE(36), head.readUInt16BE(40)]
  const isTurned = start < end && head.readInt32BE(0) === 0 && head.readInt32BE(4) !== 0
  return isTurned ? { width: height, height: width } : { width, height }
}

/** The last bytes of the box: a matrix of nine numbers, then width and height in 16.16. */
const MATRIX_AND_SHAPE = 44

/** Zeros where the file has ended. */
const bytesAt = async (file: FileHandle, at: number, count: number): Promise<Buffer> => {
  const buffer = Buffer.alloc(count)
  await file.read(buffer, 0, count, Math.max(0, at))
  return buffer
}
