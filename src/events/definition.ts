/** How an event type is declared: its name, the version of its schema, the schema of its data, and when it happens. */
import type { Schema } from "effect"

/**
 * One type of event. `schemaVersion` grows when `data` changes in a way that old readers or old events would not survive;
 * the step from the version before then goes into upcast.ts. A new optional key needs no new version.
 */
export interface EventDefinition<Type extends string = string, Data extends Schema.Top = Schema.Top> {
  readonly type: Type
  readonly schemaVersion: number
  readonly data: Data
  /** One sentence for docs/EVENTS.md: when it happens and what follows from it. */
  readonly doc: string
}

export const defineEvent = <const Type extends string, Data extends Schema.Top>(
  type: Type,
  schemaVersion: number,
  data: Data,
  doc: string
): EventDefinition<Type, Data> => ({ type, schemaVersion, data, doc })

/** The event that a definition describes: what `decide` returns and what the machine is given. */
export type EventOf<D> =
  D extends EventDefinition<infer Type, infer Data> ? { readonly type: Type; readonly data: Data["Type"] } : never
