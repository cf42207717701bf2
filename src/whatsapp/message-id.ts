/** Ids for messages that this gateway sends, of the shape that WhatsApp Web gives its own. */
import { randomBytes } from "node:crypto"

/** `3EB0` and 18 hex digits, as WhatsApp Web writes them (seen in Baileys' generateMessageIDV2). */
export const newMessageId = (): string => `3EB0${randomBytes(9).toString("hex").toUpperCase()}`
