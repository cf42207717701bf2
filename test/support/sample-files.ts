/** Beginnings of files that reveal their types. */
export const unknownBytes = Buffer.from(`ni idea ${"de qué ".repeat(1_000)}\u0000ÿ`)

const starting = (...head: readonly (string | number)[]) =>
  Buffer.concat([...head.map((part) => Buffer.from(typeof part === "string" ? part : [part])), unknownBytes])

export const pdf = starting("%PDF-1.4\n")
export const png = starting(0x89, "PNG\r\n\u001a\n", 0, 0, 0, 13, "IHDR", 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0)
export const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, ...unknownBytes])
export const webp = starting("RIFF", 0x24, 0x1f, 0, 0, "WEBPVP8 ")
export const mp4 = starting(0, 0, 0, 24, "ftypisom", 0, 0, 0, 0, "isommp42")
/** Ogg with Opus: a voice note. */
export const voice = starting("OggS", 0, 2, "\0".repeat(20), 1, 19, "OpusHead", 1, 1)
export const mp3 = Buffer.from([0xff, 0xfb, 0x90, 0x64, ...unknownBytes])
