/** What the store can answer instead of a result. */
import { Schema } from "effect"
import { isDiskFull } from "./disk-full.ts"

/** Rejection: the stream is not where the writer believed it to be. Nothing was written. Keeps LOG-3. */
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
    return `there is one with the same ${this.key} already`
  }
}

/** Terminal: what is asked about was in the beginning of the log, which was dropped on purpose. */
export class HistoryTrimmed extends Schema.TaggedError<HistoryTrimmed>()("HistoryTrimmed", {
  /** The first position that is left. */
  start: Schema.Int
}) {
  override get message(): string {
    return `the log begins at position ${this.start}; what was before was dropped`
  }
}

/** Transient: the database did not answer or could not write, or its queue is full. Nothing that was asked is known to be written. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  reason: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `the store is not available: ${this.reason}`
  }

  /** There is no room on the disk: reads go on, and somebody has to make room. */
  get isFull(): boolean {
    return isDiskFull(this.cause)
  }
}

export const storeUnavailable = (cause: unknown): StoreUnavailable =>
  cause instanceof StoreUnavailable
    ? cause
    : new StoreUnavailable({ reason: cause instanceof Error ? cause.message : String(cause), cause })
