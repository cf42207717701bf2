/**
 * The text of a JSON body, from its bytes. JSON is UTF-8, with or without a byte order mark; a client may name another charset in the
 * content type. Bytes that are not valid in it are refused: replaced, they would reach a person as other words.
 */
import { TextDecoder } from "node:util"
import { errorCodes } from "fastify"

const { FST_ERR_CTP_INVALID_JSON_BODY } = errorCodes

export class BodyText {
  readonly #decoder: TextDecoder

  /** Throws Fastify's error for a charset that is not known. */
  constructor(contentType: string | undefined) {
    const [, charset = "utf-8"] = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? "") ?? []
    this.#decoder = orInvalid(() => new TextDecoder(charset, { fatal: true }))
  }

  /** The text of these bytes; a character may be completed by the next bytes. Throws Fastify's error for bytes that are none. */
  read(bytes: Uint8Array): string {
    return orInvalid(() => this.#decoder.decode(bytes, { stream: true }))
  }

  /** Throws when the last character is not complete. */
  end(): string {
    return orInvalid(() => this.#decoder.decode())
  }
}

const orInvalid = <A>(decode: () => A): A => {
  try {
    return decode()
  } catch {
    throw new FST_ERR_CTP_INVALID_JSON_BODY()
  }
}
