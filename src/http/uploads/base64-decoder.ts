/**
 * Decodes base64 as it arrives, in pieces cut anywhere: with or without the prefix of a data URI, in either alphabet, with line
 * breaks or without, padded or not.
 */

/** Rejection: what was given is not base64. */
export class NotBase64 extends Error {
  readonly _tag = "NotBase64"
}

/** `data:<type>;base64,`, which some clients put in front. */
const PREFIX = /^data:[^,]{0,200};base64,/
const PREFIX_MAX = 220
const DIGITS = /^([A-Za-z0-9+/_-]*)={0,2}$/

export class Base64Decoder {
  /** The beginning, until it is known where a prefix ends; then undefined. */
  #head: string | undefined = ""
  /** What makes no whole byte yet: up to three digits, padding, white space. */
  #rest = ""

  /** The bytes that are complete now. Throws NotBase64. */
  push(text: string): Uint8Array {
    if (this.#head === undefined) return this.#decode(text)
    this.#head += text
    const mayBePrefix = "data:".startsWith(this.#head.slice(0, 5)) && !this.#head.includes(",")
    if (mayBePrefix && this.#head.length < PREFIX_MAX) return new Uint8Array(0)
    return this.#decode(this.#takeHead())
  }

  /** The last bytes. Throws NotBase64, also for one digit alone, which stands for less than a byte. */
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
    // Buffer skips what is no digit and stops at padding; fewer bytes than expected mean that it has to be looked at closely.
    const { digits, text: cleaned } = clean(given)
    const end = digits.length - (digits.length % 4)
    this.#rest = cleaned.slice(end)
    return Buffer.from(digits.slice(0, end), "base64")
  }
}

/** Without white space: all of it, and the digits before its padding. Throws NotBase64. */
const clean = (given: string): { readonly text: string; readonly digits: string } => {
  const text = given.replace(/\s+/g, "")
  const digits = text.match(DIGITS)?.[1]
  if (digits === undefined) throw new NotBase64()
  return { text, digits }
}
