/**
 * The catalogue of all event types, and how recorded payloads are read. Keeps LOG-7.
 *
 * Data is plain JSON, and its schemas transform nothing: what is stored is what was given. Reading goes through upcasts and the schema,
 * so a payload that no release could have written is an error and is not passed on.
 */
import { Result, Schema } from "effect"
import { accessEvents } from "./access.ts"
import { bulkEvents } from "./bulk.ts"
import { clockEvents } from "./clock.ts"
import type { EventDefinition, EventOf } from "./definition.ts"
import { deviceEvents } from "./device.ts"
import type { RecordedEvent } from "./envelope.ts"
import { erasureEvents } from "./erasure.ts"
import { messageEvents } from "./message.ts"
import { operationEvents } from "./operation.ts"
import { rosterEvents } from "./roster.ts"
import { upcast } from "./upcast.ts"
import { webhookEvents } from "./webhook.ts"

/** The definitions in the order of the documentation. */
export const catalog = [
  ...deviceEvents,
  ...messageEvents,
  ...rosterEvents,
  ...operationEvents,
  ...bulkEvents,
  ...accessEvents,
  ...erasureEvents,
  ...webhookEvents,
  ...clockEvents
] as const

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

/** Whether a release has written events of this type. */
export const isEventType = (type: string): boolean => entries.has(type)

/** The schema version of new events of this type. Throws for a type that is not in the catalogue, which is a bug. */
export const schemaVersionOf = (type: string): number => {
  const entry = entries.get(type)
  if (!entry) throw new Error(`${type} is not in the event catalogue`)
  return entry.definition.schemaVersion
}

/** A recorded payload cannot be read: it is corrupt, or a newer release has written it. */
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
 * Returns the event as this release knows it, or null if its payload was erased. Throws UnreadableEvent, because a log that cannot be
 * read must not be interpreted by guessing.
 */
export const readEvent = (recorded: RecordedEvent): AnyEvent | null => {
  const { position, type, text } = recorded
  const entry = entries.get(type)
  if (!entry)
    throw new UnreadableEvent({
      position,
      type,
      reason: "this release does not know the type; a newer release may have written it"
    })
  if (text === null) return null
  const { schemaVersion } = entry.definition
  if (recorded.schemaVersion > schemaVersion) {
    throw new UnreadableEvent({
      position,
      type,
      reason: `schema version ${recorded.schemaVersion} is newer than this release knows`
    })
  }
  const data = entry.decode(upcast(type, recorded.schemaVersion, schemaVersion, JSON.parse(text)))
  if (Result.isFailure(data)) throw new UnreadableEvent({ position, type, reason: data.failure.message })
  return { type, data: data.success } as AnyEvent
}
