/**
 * The place where a log begins whose beginning was dropped, as it is signed and hashed. Keeps LOG-6.
 *
 * Nothing before it is left to compute it from, so it is held from three sides: the event `log.trimmed` stands in the chain and
 * names it, the gateway's key signs it, and whoever kept a signed head of that position can compare.
 */
import { hash } from "node:crypto"
import type { Schema } from "effect"
import { toHex } from "./envelope.ts"
import type { LogTrimmed } from "./erasure.ts"
import { ZERO_HASH } from "./hash-chain.ts"

/** The last position that was dropped; 0 and zero bytes where the log is whole. */
export interface LogStart {
  readonly position: number
  readonly hash: Uint8Array
  /** Epoch milliseconds. */
  readonly recordedAt: number
}

export const wholeLog: LogStart = { position: 0, hash: ZERO_HASH, recordedAt: 0 }

/** Where a stream stood there: its last event, and what its events amounted to (stream-state.ts) where somebody needs that. */
export interface StreamStart {
  readonly stream: string
  readonly version: number
  readonly hash: Uint8Array
  readonly position: number
  readonly state: string | null
}

export type Trimming = Schema.Schema.Type<typeof LogTrimmed.data>

/** Binds all of them, in the order of their names' bytes; one that is new, gone or changed gives another hash. */
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
