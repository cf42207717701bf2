/** Snapshots of long streams: a cache, so that a start reads a bounded number of events. Keeps LOG-5. */
import { Effect } from "effect"
import type { DatabaseShape } from "../database.ts"
import type { Statement } from "../dialect/dialect.ts"
import type { StoreUnavailable } from "../errors.ts"

export interface Snapshot {
  /** The version of the stream that the state belongs to. */
  readonly version: number
  /** JSON. */
  readonly state: string
}

/** The stream's snapshot; undefined if this version of the machine has made none. */
export const readSnapshot = (
  { query }: DatabaseShape,
  stream: string,
  machineVersion: number
): Effect.Effect<Snapshot | undefined, StoreUnavailable> =>
  query((db) =>
    db
      .selectFrom("snapshot")
      .select(["version", "state"])
      .where("stream", "=", stream)
      .where("machine_version", "=", machineVersion)
      .executeTakeFirst()
  ).pipe(Effect.map((row) => row && { version: row.version, state: row.state }))

export const writeSnapshot = (stream: string, machineVersion: number, snapshot: Snapshot): Statement => ({
  sql: "REPLACE INTO snapshot (stream, machine_version, version, state) VALUES (?, ?, ?, ?)",
  parameters: [stream, machineVersion, snapshot.version, snapshot.state]
})

export const deleteSnapshot = (stream: string): Statement => ({
  sql: "DELETE FROM snapshot WHERE stream = ?",
  parameters: [stream]
})
