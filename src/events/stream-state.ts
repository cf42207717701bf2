/**
 * The state of a stream whose events were trimmed. Keeps LOG-5.
 *
 * It is stored when the beginning of the log is dropped: a device's state, and its erased messages. It is not a cache, because the events
 * no longer exist. Changing a schema needs a new version and a step in upcast.ts, as for events. A new field of DeviceContext needs
 * `Schema.optionalKey`, or a new version too.
 */
import { Schema } from "effect"
import { NewChatCap, Owner, UserAction } from "./device.ts"
import { DeviceId } from "./ids.ts"
import { upcast } from "./upcast.ts"

const Text = Schema.NullOr(Schema.String)
const Time = Schema.NullOr(Schema.Int)

/** What a device remembers of its history: a fold over its events (actors/device/context.ts). Times are epoch milliseconds. */
export const DeviceContext = Schema.Struct({
  deviceId: Schema.NullOr(DeviceId),
  deviceNumber: Schema.NullOr(Schema.Int),
  owner: Schema.NullOr(Owner),
  /** The telephone number that is expected to link; null accepts any. */
  number: Text,
  sessionId: Text,
  name: Text,
  /** A client wants the device connected. */
  wanted: Schema.Boolean,
  paired: Schema.Boolean,
  everConnected: Schema.Boolean,
  /** Failed attempts in a row since the connection was last stable. */
  attempt: Schema.Int,
  /** Codes that were retried since the connection was last stable. */
  strikes: Schema.Array(Schema.Int),
  /** When connections were lost within a minute of opening, newest last. */
  flaps: Schema.Array(Schema.Int),
  /** How many QRs were issued since the device was last told to connect. */
  qrIssued: Schema.Int,
  /** The linked telephone number, without plus. */
  linkedNumber: Text,
  jid: Text,
  lid: Text,
  /** The jid of the last link that ended. Credentials that still name it are leftovers. */
  endedJid: Text,
  syncPercent: Schema.NullOr(Schema.Int),
  reason: Text,
  userAction: Schema.NullOr(UserAction),
  registeredAt: Time,
  /** When the current connection opened; null without a connection. */
  openedAt: Time,
  connectedAt: Time,
  disconnectedAt: Time,
  /** When the next attempt is due, by the recorded times; null if none is scheduled. */
  retryAt: Time,
  /** The gateway itself ended the connection and has not reconnected it. */
  interrupted: Schema.Boolean,
  /** WhatsApp lets the account write to no new people: why, since when, until when. It may be over. */
  reachoutLock: Schema.optional(Schema.Struct({ kind: Schema.String, since: Schema.Int, until: Schema.Int })),
  /** What WhatsApp said last of the new chats that the account may begin, and when it said so. */
  newChats: Schema.optional(Schema.Struct({ ...NewChatCap.fields, at: Schema.Int }))
})
export type DeviceContext = typeof DeviceContext.Type

/** A device's state. The states are those of the machine (actors/device/machine.ts). */
export const StoredState = Schema.Struct({
  state: Schema.Literals(["NONE", "INIT", "QR", "LOADING", "CONNECTED", "RECONNECTING", "ERROR", "removed"]),
  context: DeviceContext
})
export type StoredState = typeof StoredState.Type

/** The erased messages of a device, which are not recorded again. */
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

/** The text that is stored and hashed. */
export const writeState = <S extends Schema.Top>({ schemaVersion }: Format<S>, data: S["Type"]): string =>
  JSON.stringify({ schemaVersion, data })

/** Throws if no release can have written the text. */
export const readState = <S extends Schema.Decoder<unknown>>(format: Format<S>, text: string): S["Type"] => {
  const { schemaVersion, data } = Schema.decodeUnknownSync(Written)(text)
  return Schema.decodeUnknownSync(format.data)(upcast(format.name, schemaVersion, format.schemaVersion, data))
}
