/** What one event changed of a device, in the facts that people know it by. */
import type { TextKey } from "../i18n/text.ts"
import type { Replay } from "../api/models.ts"

/** A fact of a device's context, with its word. */
export const facts: readonly (readonly [name: string, word: TextKey])[] = [
  ["reason", "detail.reason"],
  ["userAction", "detail.userAction"],
  ["attempt", "detail.attempt"],
  ["retryAt", "detail.retryAt"],
  ["paired", "detail.paired"],
  ["jid", "detail.account"],
  ["qrIssued", "detail.qrIssued"],
  ["syncPercent", "detail.synced"]
]

export interface Change {
  readonly word: TextKey
  readonly name: string
  readonly from: unknown
  readonly to: unknown
}

export const changesBetween = (before: Replay | undefined, after: Replay): readonly Change[] => {
  if (before === undefined) return []
  const state: Change = { word: "event.change", name: "state", from: before.state, to: after.state }
  const [former, present] = [contextOf(before), contextOf(after)]
  const others = facts.map(([name, word]): Change => ({ word, name, from: former[name], to: present[name] }))
  return [state, ...others].filter(({ from, to }) => (from ?? null) !== (to ?? null))
}

export const contextOf = ({ context }: Replay): Readonly<Record<string, unknown>> =>
  (context ?? {}) as Readonly<Record<string, unknown>>
