/**
 * What a stream's events amounted to, for a log that does not have them any more. Keeps LOG-5.
 *
 * Kept where the beginning of the log was dropped: a device's state, and the messages that were erased. Not a cache: there is
 * nothing left to compute it from. Changing a schema needs a new version and a step in upcast.ts, as for events; a new field of
 * DeviceContext needs `Schema.optionalKey`, or the same.
 */
import { Schema } from "effect"
import { Owner, UserAction } from "./device.ts"
import { DeviceId } from "./ids.ts"
import { upcast } from "./upcast.ts"

const Text = Schema.NullOr(Schema.String)
const Time = Schema.NullOr(Schema.Int)

/** What a device remembers of its history: a fold over its events (actors/device/context.ts). Times are epoch milliseconds. */
export const DeviceContext = Schema.Struct({
  deviceId: Schema.NullOr(DeviceId),
  deviceNumber: Schema.NullOr(Schema.Int),
  owner: Schema.NullOr(Owner),
  /** The telephone number it is expected to link with; null takes any. */
  number: Text,
  sessionId: Text,
  name: Text,
  /** Somebody asked for it to be up, and nobody took that back. */
  wanted: Schema.Boolean,
  paired: Schema.Boolean,
  everConnected: Schema.Boolean,
  /** Failed attempts in a row since the connection was last stable. */
  attempt: Schema.Int,
  /** Codes that were retried since the connection was last stable. */
  strikes: Schema.Array(Schema.Int),
  /** When connections were lost within a minute of opening, the newest last. */
  flaps: Schema.Array(Schema.Int),
  /** QRs since the device was last asked to connect. */
  qrIssued: Schema.Int,
  /** The telephone number that is linked, without plus. */
  linkedNumber: Text,
  jid: Text,
  lid: Text,
  /** The jid of the last link that ended: credentials that still name it are leftovers. */
  endedJid: Text,
  syncPercent: Schema.NullOr(Schema.Int),
  reason: Text,
  userAction: Schema.NullOr(UserAction),
  registeredAt: Time,
  /** When the present connection opened; null while there is none. */
  openedAt: Time,
  connectedAt: Time,
  disconnectedAt: Time,
  /** When the next attempt is due, by the recorded times; null while none waits. */
  retryAt: Time,
  /** The gateway ended the connection itself and has not taken it up again. */
  interrupted: Schema.Boolean
})
export type DeviceContext = typeof DeviceContext.Type

/** What a device is. Its states are those of the machine (actors/device/machine.ts). */
export const StoredState = Schema.Struct({
  state: Schema.Literals(["NONE", "INIT", "QR", "LOADING", "CONNECTED", "RECONNECTING", "ERROR", "removed"]),
  context: DeviceContext
})
export type StoredState = typeof StoredState.Type

/** The messages of a device that are not taken in again, because they were erased. */
export const ErasureState = Schema.Struct({ device: Schema.Int, messages: Schema.Array(Schema.String) })
export type ErasureState = typeof ErasureState.Type

interface Format<S extends Schema.Top> {
  readonly name: string
  readonly schemaVersion: number
  readonly data: S
}

export const deviceState: Format<typeof StoredState> = { name: "device", schemaVersion: 1, data: StoredState }
export const erasureState: Format<typeof ErasureState> = { name: "erasures", schemaVersion: 1, data: ErasureState }

const Written = Schema.fromJsonString(Schema.Struct({ schemaVersion: Schema.Int, data: Schema.Unknown }))

/** As it is kept, and hashed. */
export const writeState = <S extends Schema.Top>({ schemaVersion }: Format<S>, data: S["Type"]): string =>
  JSON.stringify({ schemaVersion, data })

/** Throws where a text is not one that a released version can have written. */
export const readState = <S extends Schema.Decoder<unknown>>(format: Format<S>, text: string): S["Type"] => {
  const { schemaVersion, data } = Schema.decodeUnknownSync(Written)(text)
  return Schema.decodeUnknownSync(format.data)(upcast(format.name, schemaVersion, format.schemaVersion, data))
}
