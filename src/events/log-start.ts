/**
 * The start of a trimmed log, as it is signed and hashed. Keeps LOG-6.
 *
 * The events before it are gone, so three things protect it: the event `log.trimmed` in the chain names it, the gateway's key signs it,
 * and an auditor with a signed head of that position can compare.
 */
import { hash } from "node:crypto"
import type { Schema } from "effect"
import { toHex } from "./envelope.ts"
import type { LogTrimmed } from "./erasure.ts"
import { ZERO_HASH } from "./hash-chain.ts"

/** The last dropped position; 0 and zero bytes if the log was never trimmed. */
export interface LogStart {
  readonly position: number
  readonly hash: Uint8Array
  /** Epoch milliseconds. */
  readonly recordedAt: number
}

export const wholeLog: LogStart = { position: 0, hash: ZERO_HASH, recordedAt: 0 }

/** Where a stream stood at the log's start: its last dropped event, and its state (stream-state.ts), null if no code needs it. */
export interface StreamStart {
  readonly stream: string
  readonly version: number
  readonly hash: Uint8Array
  readonly position: number
  readonly state: string | null
}

export type Trimming = Schema.Schema.Type<typeof LogTrimmed.data>

/** A hash over all stream starts, in the order of their names' bytes. Adding, removing or changing one changes the hash. */
export class StreamsHash {
  #hash: Uint8Array = ZERO_HASH

  add({ stream, version, hash: head, position, state }: StreamStart): void {
    const line = JSON.stringify([stream, version, toHex(head), position, state])
    this.#hash = hash("sha256", Buffer.concat([this.#hash, Buffer.from(line)]), "buffer")
  }

  get hex(): string {
    return toHex(this.#hash)
  }
}
