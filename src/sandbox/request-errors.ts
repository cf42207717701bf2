/**
 * Why something that a test or the control API asked for cannot be done. The message is for whoever asked.
 */

/** It cannot be done as things stand: wrong input, an expired QR, a refusal by the server or the client. */
export class InvalidRequest extends Error {}

/** It is about somebody or something that is not there. */
export class NotFound extends Error {}
