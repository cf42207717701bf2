/** Declares an event type: its name, the version of its schema, the schema of its data, and its documentation. */
import type { Schema } from "effect"

/**
 * One type of event. Increase `schemaVersion` when a change of `data` would break old readers or old events, and add the step from the
 * previous version to upcast.ts. A new optional key needs no new version.
 */
export interface EventDefinition<Type extends string = string, Data extends Schema.Top = Schema.Top> {
  readonly type: Type
  readonly schemaVersion: number
  readonly data: Data
  /** The text in docs/EVENTS.md: when the event happens and what follows from it. */
  readonly doc: string
}

export const defineEvent = <const Type extends string, Data extends Schema.Top>(
  type: Type,
  schemaVersion: number,
  data: Data,
  doc: string
): EventDefinition<Type, Data> => ({ type, schemaVersion, data, doc })

/** The event that a definition describes: what `decide` returns and the machine takes. */
export type EventOf<D> =
  D extends EventDefinition<infer Type, infer Data> ? { readonly type: Type; readonly data: Data["Type"] } : never
