/**
 * The list of all inline projections, and what follows from it: what is written with an event, what is deleted with a payload, and
 * which types can be erased. Pure. A new projection needs its file, its migration, and a line here.
 */
import type { AnyEvent } from "../../events/catalog.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { Statement } from "../dialect/dialect.ts"
import { deviceProjection } from "./device.ts"
import { mediaReferenceProjection } from "./media-reference.ts"
import { messageProjection } from "./message.ts"
import { messageTextProjection } from "./message-text.ts"
import type { Projection } from "./projection.ts"
import { rosterCallProjection } from "./roster-call.ts"
import { rosterChatProjection } from "./roster-chat.ts"
import { rosterContactProjection } from "./roster-contact.ts"
import { rosterGroupProjection } from "./roster-group.ts"
import { rosterLabelProjection } from "./roster-label.ts"
import { rosterMarkProjection } from "./roster-mark.ts"
import { subjectProjection } from "./subject.ts"

export const projections = [
  deviceProjection,
  messageProjection,
  mediaReferenceProjection,
  rosterContactProjection,
  rosterChatProjection,
  rosterGroupProjection,
  rosterLabelProjection,
  rosterMarkProjection,
  rosterCallProjection,
  subjectProjection,
  messageTextProjection
] as const satisfies readonly Projection[]

type Registered = (typeof projections)[number]
const all: readonly Projection[] = projections

/** A type whose payloads can be erased on demand. A device's own events are not among them: its state is folded from them. */
export type ErasableType = Registered["erases"][number]
export type ErasableEvent = Extract<AnyEvent, { type: ErasableType }>
export const erasableTypes: readonly ErasableType[] = [...new Set(projections.flatMap(({ erases }) => erases))]

/** A type whose payloads can be erased by age. */
export type RetainableType = Registered["retains"][number]
export const retainableTypes: readonly RetainableType[] = [...new Set(projections.flatMap(({ retains }) => retains))]

const erasable: ReadonlySet<string> = new Set(erasableTypes)

export const isErasable = ({ type }: RecordedEvent): boolean => erasable.has(type)

/** For the transaction of the event. */
export const projectInline = (event: RecordedEvent & { readonly data: unknown }): readonly Statement[] =>
  projections.flatMap((projection) => projection.project(event, event.data))

/** For the transaction that erases the payload. */
export const forgetInline = (event: RecordedEvent, { data }: ErasableEvent): readonly Statement[] =>
  projections.flatMap((projection) => projection.forget(event, data))

/** For the transaction that drops a device's last event. */
export const forgetDevice = (device: number): readonly Statement[] =>
  all.flatMap((projection) => projection.forgetDevice?.(device) ?? [])
