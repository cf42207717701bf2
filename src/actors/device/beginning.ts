/** Where folding a device's stream begins: at its birth, or where the log was trimmed. Keeps LOG-5. */
import { Effect } from "effect"
import { deviceState, readState } from "../../events/stream-state.ts"
import type { StoreUnavailable } from "../../store/errors.ts"
import type { LogReaderShape } from "../../store/log/log-reader.ts"
import { birth, restoreState } from "./evolve.ts"
import type { DeviceSnapshot } from "./machine.ts"

export interface Beginning {
  readonly snapshot: DeviceSnapshot
  /** Of the stream; 0 where nothing was dropped. */
  readonly version: number
  /** Of the last event that was dropped; 0 likewise. */
  readonly position: number
}

/** Dies on a state that this release cannot read. */
export const beginningOf = (log: LogReaderShape, stream: string): Effect.Effect<Beginning, StoreUnavailable> =>
  Effect.map(log.streamStart(stream), (start) =>
    start?.state == null
      ? { snapshot: birth(), version: 0, position: 0 }
      : {
          snapshot: restoreState(readState(deviceState, start.state)),
          version: start.version,
          position: start.position
        }
  )
