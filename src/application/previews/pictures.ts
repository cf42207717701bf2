/**
 * Reads pictures with sharp: a small one to show before the file is loaded, and the conversion of formats that phones do not show.
 *
 * A picture comes from a client who may mean harm (client-picture.ts). One at a time is examined and one converted, each within a time
 * limit. At the worst that takes 200 MB for an interlaced PNG and 450 MB for an AVIF; a usual photo needs a few MB, because JPEG is scaled
 * while it is read.
 */
import { Effect, Semaphore } from "effect"
import { inTime, openPicture as open, toConvert, WHITE } from "../../whatsapp/client-picture.ts"

export interface Picture {
  readonly width: number
  readonly height: number
  /** A small JPEG. */
  readonly thumbnail: Buffer
}

/** MIME types of pictures that can be converted. HEIC is not among them: sharp's packages contain no decoder for it. */
export const convertible: ReadonlySet<string> = new Set([
  "image/avif",
  "image/gif",
  "image/jpeg",
  "image/png",
  "image/tiff",
  "image/webp"
])

const THUMBNAIL_SIDE = 96
/** What WhatsApp calls HD. */
const IMAGE_SIDE_MAX = 2_560
const STICKER_SIDE = 512

/** Apart, so that a conversion delays no picture that needs none. */
const examining = Semaphore.makeUnsafe(1)
const converting = Semaphore.makeUnsafe(1)

/** Undefined for what is not a picture, is damaged, or is too large. */
export const readPicture = (path: string): Effect.Effect<Picture | undefined> =>
  inTurn(examining, async () => {
    const { autoOrient } = await open(path).metadata()
    const small = open(path).autoOrient().resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, { fit: "inside" })
    const thumbnail = await inTime(small.flatten(WHITE)).jpeg({ quality: 50 }).toBuffer()
    return { width: autoOrient.width, height: autoOrient.height, thumbnail }
  })

/** As JPEG. Undefined if it cannot be read, or has several frames or pages: a still of them is not what the client gave. */
export const asImage = (path: string): Effect.Effect<Buffer | undefined> =>
  inTurn(converting, async () => {
    const { pages = 1 } = await open(path, toConvert).metadata()
    if (pages > 1) return undefined
    const size = { fit: "inside", withoutEnlargement: true } as const
    const image = open(path, toConvert).autoOrient().resize(IMAGE_SIDE_MAX, IMAGE_SIDE_MAX, size)
    return inTime(image.flatten(WHITE)).jpeg({ quality: 90, optimiseCoding: false }).toBuffer()
  })

/** As a WebP of the size of stickers; it moves if the picture does. Undefined if the picture cannot be read. */
export const asSticker = (path: string): Effect.Effect<Buffer | undefined> =>
  inTurn(converting, async () => {
    const sticker = open(path, { ...toConvert, animated: true }).autoOrient()
    const size = { fit: "contain", background: { r: 0, g: 0, b: 0, alpha: 0 } } as const
    return inTime(sticker.resize(STICKER_SIDE, STICKER_SIDE, size))
      .webp({ quality: 80 })
      .toBuffer()
  })

/** Whatever sharp cannot read is no failure: the file is sent without. Work that was begun is counted until it ends. */
const inTurn = <A>(lane: Semaphore.Semaphore, read: () => Promise<A | undefined>): Effect.Effect<A | undefined> =>
  lane.withPermits(1)(Effect.uninterruptible(Effect.orElseSucceed(Effect.tryPromise(read), () => undefined)))
