/**
 * The errors of requests: from a test or the control API, whose message is for the caller, and from a client, which gets the code.
 */

/** The request cannot be carried out: wrong input, an expired QR, a refusal by the server or the client. */
export class InvalidRequest extends Error {}

/** The request names a phone or contact that does not exist. */
export class NotFound extends Error {}

/** The request is about what belongs to another. */
export class Conflict extends Error {}

/** A refusal for the client: `<iq type=error><error code text>`. */
export class IqRefusal extends Error {
  readonly code: string
  /** Seconds after which the client may ask again. */
  readonly backoff: string | undefined

  constructor(code: string, text: string, backoff?: string) {
    super(text)
    this.code = code
    this.backoff = backoff
  }
}
