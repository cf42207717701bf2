/** New ids: a prefix for the kind, the time, and random characters. */
import { randomBytes } from "node:crypto"
import { encodeId } from "../events/ids.ts"

const RANDOM_BYTES = 16

/** `atMs`: epoch milliseconds. */
export const newId = (prefix: string, atMs: number): string => `${prefix}_${encodeId(atMs, randomBytes(RANDOM_BYTES))}`
