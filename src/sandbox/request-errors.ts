/**
 * The errors of requests from a test or the control API. The message is for the caller.
 */

/** The request cannot be carried out: wrong input, an expired QR, a refusal by the server or the client. */
export class InvalidRequest extends Error {}

/** The request names a phone or contact that does not exist. */
export class NotFound extends Error {}
