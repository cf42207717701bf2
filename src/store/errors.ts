/** The errors of the store. */
import { Schema } from "effect"
import { isDiskFull } from "./disk-full.ts"

/** Rejection: the stream is not at the version that the writer expected. Nothing was written. Keeps LOG-3. */
export class StreamConflict extends Schema.TaggedError<StreamConflict>()("StreamConflict", {
  stream: Schema.String,
  expected: Schema.Union([Schema.Int, Schema.Literal("new")]),
  actual: Schema.Int
}) {
  override get message(): string {
    return `${this.stream} is at version ${this.actual}, not ${this.expected}`
  }
}

/** Rejection: a row with the same key exists, such as the owner's other device with this number. Nothing was written. */
export class DuplicateKey extends Schema.TaggedError<DuplicateKey>()("DuplicateKey", { key: Schema.String }) {
  override get message(): string {
    return `a row with the same ${this.key} exists`
  }
}

/** Terminal: the requested events were in the beginning of the log, which was dropped by a trimming. */
export class HistoryTrimmed extends Schema.TaggedError<HistoryTrimmed>()("HistoryTrimmed", {
  /** The first position that is left. */
  start: Schema.Int
}) {
  override get message(): string {
    return `earlier events were trimmed: the log begins at position ${this.start}`
  }
}

/** Transient: the database did not respond, could not write, or its queue is full. The caller must assume that nothing was written. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  reason: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `the store is unavailable: ${this.reason}`
  }

  /** The disk is full: reads still work, and the operator has to make room. */
  get isFull(): boolean {
    return isDiskFull(this.cause)
  }
}

export const storeUnavailable = (cause: unknown): StoreUnavailable =>
  cause instanceof StoreUnavailable
    ? cause
    : new StoreUnavailable({ reason: cause instanceof Error ? cause.message : String(cause), cause })
