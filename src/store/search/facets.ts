/**
 * Words of the index that no text has: whose message it is, in which chat, and who wrote it. With them the index alone answers a search
 * within a device or a chat, however many messages of others have the same words. Pure.
 */
import { createHash } from "node:crypto"

export const deviceFacet = (device: number): string => `d_${device}`

/** The messages that a device's account wrote, or those that others wrote. */
export const authorFacet = (device: number, fromMe: boolean): string => `m_${device}_${fromMe ? 1 : 0}`

/** A hash: a chat's name may be longer than a word can be. */
export const chatFacet = (device: number, chat: string): string =>
  `c_${createHash("sha256").update(`${device}|${chat}`).digest("hex").slice(0, HASH_LENGTH)}`

const HASH_LENGTH = 16
