/** Ids for messages that this gateway sends, in the form of WhatsApp Web's ids. */
import { randomBytes } from "node:crypto"

/** What a client may give as the id of a message. */
export const GIVEN_ID = /^[\w.-]{8,64}$/

/** `3EB0` and 18 hex digits (as in Baileys' generateMessageIDV2). */
export const newMessageId = (): string => `3EB0${randomBytes(9).toString("hex").toUpperCase()}`
