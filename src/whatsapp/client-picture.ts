/**
 * Opens pictures with sharp. A picture comes from a client who may mean harm: only these formats are decoded (an SVG may name other
 * files), a picture with too many pixels is not, and each within a time limit.
 */
import sharp, { type Sharp, type SharpOptions } from "sharp"

sharp.block({ operation: ["VipsForeignLoad"] })
sharp.unblock({
  operation: ["Jpeg", "Png", "Webp", "Tiff", "Nsgif", "Heif"].map((format) => `VipsForeignLoad${format}`)
})
sharp.cache(false)
sharp.concurrency(1)

/** A photo of a 50-megapixel phone has 8192 × 6144. */
const PIXELS_MAX = 51_000_000
/** Other formats than JPEG take up to 18 bytes for each pixel. All frames of an animation count. */
const CONVERTED_PIXELS_MAX = 25_000_000
const SECONDS_MAX = 10

export const openPicture = (path: string, options: SharpOptions = {}): Sharp =>
  sharp(path, { limitInputPixels: PIXELS_MAX, failOn: "truncated", sequentialRead: true, ...options })

/** For a picture that is decoded as a whole. */
export const toConvert: SharpOptions = { limitInputPixels: CONVERTED_PIXELS_MAX }

export const inTime = (picture: Sharp): Sharp => picture.timeout({ seconds: SECONDS_MAX })

/** For a JPEG, which would be black where the picture is transparent. */
export const WHITE = { background: "#ffffff" }
