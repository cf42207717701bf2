/** The sets of events that a person most likely wants a webhook for. */
import type { TextKey } from "../i18n/text.ts"
import { LINKING, MESSAGES, STATES } from "./event-types.ts"

export interface EventSet {
  readonly name: "all" | "received" | "messages" | "devices" | "some"
  readonly word: TextKey
  /** Null for all; undefined for those that the person names. */
  readonly types: readonly string[] | null | undefined
}

export const eventSets: readonly EventSet[] = [
  { name: "received", word: "webhooks.eventsReceived", types: ["message.received"] },
  { name: "messages", word: "webhooks.eventsMessages", types: MESSAGES },
  { name: "devices", word: "webhooks.eventsDevices", types: [...STATES, ...LINKING] },
  { name: "all", word: "webhooks.eventsAll", types: null },
  { name: "some", word: "webhooks.eventsSome", types: undefined }
]

/** The set with exactly these types. */
export const eventSetOf = (types: readonly string[] | null): EventSet["name"] => {
  const sorted = (list: readonly string[] | null) => list?.toSorted().join(" ") ?? "*"
  const found = eventSets.find((set) => set.types !== undefined && sorted(set.types) === sorted(types))
  return found?.name ?? "some"
}

/** Event types as a person writes them: separated by commas, spaces or lines. */
export const typesIn = (words: string): readonly string[] => words.split(/[\s,;]+/).filter((word) => word !== "")
