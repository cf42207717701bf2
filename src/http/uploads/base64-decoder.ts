/**
 * Decodes base64 while it arrives in pieces of any size: with or without a data URI prefix, line breaks or padding, and in the
 * standard or the URL alphabet.
 */

/** Rejection: the text is not base64. */
export class NotBase64 extends Error {
  readonly _tag = "NotBase64"
}

/** `data:<type>;base64,`, which some clients send first. */
const PREFIX = /^data:[^,]{0,200};base64,/
const PREFIX_MAX = 220
const DIGITS = /^([A-Za-z0-9+/_-]*)={0,2}$/

export class Base64Decoder {
  /** The beginning of the text while it may still be a prefix; then undefined. */
  #head: string | undefined = ""
  /** What does not make a whole byte yet: up to three digits, padding, white space. */
  #rest = ""

  /** Returns the bytes that are complete. Throws NotBase64. */
  push(text: string): Uint8Array {
    if (this.#head === undefined) return this.#decode(text)
    this.#head += text
    const mayBePrefix = "data:".startsWith(this.#head.slice(0, 5)) && !this.#head.includes(",")
    if (mayBePrefix && this.#head.length < PREFIX_MAX) return new Uint8Array(0)
    return this.#decode(this.#takeHead())
  }

  /** Returns the last bytes. Throws NotBase64, also for a single remaining digit, which is less than a byte. */
  end(): Uint8Array {
    const { digits } = clean(this.#rest + this.#takeHead())
    if (digits.length % 4 === 1) throw new NotBase64()
    return Buffer.from(digits, "base64")
  }

  #takeHead(): string {
    const head = this.#head?.replace(PREFIX, "") ?? ""
    this.#head = undefined
    return head
  }

  #decode(text: string): Uint8Array {
    const given = this.#rest + text
    const whole = given.length - (given.length % 4)
    const bytes = Buffer.from(given.slice(0, whole), "base64")
    if (bytes.length === (whole / 4) * 3) {
      this.#rest = given.slice(whole)
      return bytes
    }
    // Buffer skips characters that are not digits and stops at padding. Fewer bytes than expected call for a closer look.
    const { digits, text: cleaned } = clean(given)
    const end = digits.length - (digits.length % 4)
    this.#rest = cleaned.slice(end)
    return Buffer.from(digits.slice(0, end), "base64")
  }
}

/** Removes white space. Returns the text, and its digits before the padding. Throws NotBase64. */
const clean = (given: string): { readonly text: string; readonly digits: string } => {
  const text = given.replace(/\s+/g, "")
  const digits = text.match(DIGITS)?.[1]
  if (digits === undefined) throw new NotBase64()
  return { text, digits }
}
