/**
 * Every event type there is, and how recorded payloads are read back. Keeps LOG-7.
 *
 * Data is plain JSON and its schemas transform nothing: what is encoded is what was given. Reading goes through upcast and
 * the schema, so a payload that no released version could have written is named, not passed on.
 */
import { Result, Schema } from "effect"
import { accessEvents } from "./access.ts"
import type { EventDefinition, EventOf } from "./definition.ts"
import { deviceEvents } from "./device.ts"
import type { RecordedEvent } from "./envelope.ts"
import { erasureEvents } from "./erasure.ts"
import { messageEvents } from "./message.ts"
import { rosterEvents } from "./roster.ts"
import { upcast } from "./upcast.ts"

/** Definitions in the order of the documentation. */
export const catalog = [...deviceEvents, ...messageEvents, ...rosterEvents, ...accessEvents, ...erasureEvents] as const

export type AnyEvent = EventOf<(typeof catalog)[number]>

interface Entry {
  readonly definition: EventDefinition
  readonly decode: (input: unknown) => Result.Result<unknown, Schema.SchemaError>
}

const entries = new Map<string, Entry>(
  catalog.map((definition) => [
    definition.type,
    { definition, decode: Schema.decodeUnknownResult(definition.data as Schema.Decoder<unknown>) }
  ])
)

/** Whether any release has written events of this type. */
export const isEventType = (type: string): boolean => entries.has(type)

/** The version that new events of this type are written with. A type that is not in the catalogue is a programmer's mistake. */
export const schemaVersionOf = (type: string): number => {
  const entry = entries.get(type)
  if (!entry) throw new Error(`${type} is not in the event catalogue`)
  return entry.definition.schemaVersion
}

/** Raised where a recorded payload cannot be read: corruption, or an event of a newer release. */
export class UnreadableEvent extends Schema.TaggedError<UnreadableEvent>()("UnreadableEvent", {
  position: Schema.Int,
  type: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `event ${this.position} (${this.type}) cannot be read: ${this.reason}`
  }
}

/**
 * The event as the current release knows it, or null when its payload was erased.
 * Throws UnreadableEvent: a log that cannot be read must not be guessed at.
 */
export const readEvent = (recorded: RecordedEvent): AnyEvent | null => {
  const { position, type, text } = recorded
  const entry = entries.get(type)
  if (!entry) throw new UnreadableEvent({ position, type, reason: "unknown type, written by a newer release?" })
  if (text === null) return null
  const { schemaVersion } = entry.definition
  if (recorded.schemaVersion > schemaVersion) {
    throw new UnreadableEvent({
      position,
      type,
      reason: `schema version ${recorded.schemaVersion} is newer than this release`
    })
  }
  const data = entry.decode(upcast(type, recorded.schemaVersion, schemaVersion, JSON.parse(text)))
  if (Result.isFailure(data)) throw new UnreadableEvent({ position, type, reason: data.failure.message })
  return { type, data: data.success } as AnyEvent
}
