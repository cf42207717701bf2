/** Who reacted to messages, and who voted in polls: of each person what they did last. */
import { Effect } from "effect"
import type { Author } from "../events/context.ts"
import { chatKey } from "../events/roster-key.ts"
import type { ChatMessage } from "../store/roster/chats.ts"
import type { Deed, Reaction, Vote } from "../store/roster/deeds.ts"
import { stateKey } from "../store/roster/messages.ts"
import { Roster } from "../store/roster/roster.ts"
import { keysOfPeople, peopleBy, type Person } from "./names.ts"

/** `person` null: this account. */
export type By<D extends Deed> = D & { readonly person: Person | null }

export interface MessageDeeds {
  /** None that was taken back. */
  readonly reactions: readonly By<Reaction & { readonly emoji: string }>[]
  readonly votes: readonly By<Vote>[]
}

/** The oldest first. */
export const deedsTo = (deviceNumber: number, message: ChatMessage) =>
  Effect.map(deedsToAll(deviceNumber, [message]), (deedsOf) => deedsOf(message))

/** What was done to each of these messages, the oldest first. */
export const deedsToAll = (deviceNumber: number, messages: readonly ChatMessage[]) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const all = yield* roster.deeds.of(deviceNumber, messages)
    const given = [...all.values()]
    const deeds = [given.flatMap(({ reactions }) => reactions), given.flatMap(({ votes }) => votes)].flat()
    const keyOf = yield* keysOf(deviceNumber, deeds)
    const people = yield* peopleBy(deviceNumber, deeds.map(keyOf))
    const by = <D extends Deed>(deed: D): By<D> => {
      const person = deed.fromMe ? null : people(keyOf(deed))
      return { ...deed, person }
    }
    return (message: ChatMessage): MessageDeeds => {
      const { reactions, votes } = all.get(stateKey(message)) ?? { reactions: [], votes: [] }
      return {
        reactions: lastOfEach(reactions, keyOf).flatMap((given) =>
          given.emoji === null ? [] : [by({ ...given, emoji: given.emoji })]
        ),
        votes: lastOfEach(votes, keyOf).flatMap((vote) => (vote.options.length === 0 ? [] : [by(vote)]))
      }
    }
  })

/** To which of these messages there is a reaction. */
export const reactedTo = (deviceNumber: number, messages: readonly ChatMessage[]) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const all = yield* roster.deeds.of(deviceNumber, messages)
    const keyOf = yield* keysOf(
      deviceNumber,
      [...all.values()].flatMap(({ reactions }) => reactions)
    )
    return (message: ChatMessage): boolean =>
      lastOfEach(all.get(stateKey(message))?.reactions ?? [], keyOf).some(({ emoji }) => emoji !== null)
  })

const ME = "me"

/** Under which key a person stands who did something, by whichever of their names the event has. */
const keysOf = (deviceNumber: number, deeds: readonly Deed[]) =>
  Effect.map(
    keysOfPeople(deviceNumber, deeds.map(named)),
    (keyOf) => (deed: Author) => (deed.fromMe ? ME : keyOf(named(deed)))
  )

const named = ({ jid, alt }: Author): string => chatKey(jid, alt).key

const lastOfEach = <D extends Deed>(deeds: readonly D[], keyOf: (deed: Author) => string): readonly D[] => {
  const last = new Map<string, D>()
  for (const deed of deeds) {
    last.delete(keyOf(deed))
    last.set(keyOf(deed), deed)
  }
  return [...last.values()]
}
