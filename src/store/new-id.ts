/** New ids: a prefix that says of what, the time, and randomness. */
import { randomBytes } from "node:crypto"
import { encodeId } from "../events/ids.ts"

const RANDOM_BYTES = 16

/** `atMs`: epoch milliseconds. */
export const newId = (prefix: string, atMs: number): string => `${prefix}_${encodeId(atMs, randomBytes(RANDOM_BYTES))}`
