/** Pictures that can be decoded. */
import sharp from "sharp"

/** A PNG of 300 × 100. */
export const widePicture = (): Promise<Buffer> =>
  sharp({ create: { width: 300, height: 100, channels: 4, background: "#3355aa" } })
    .png()
    .toBuffer()
