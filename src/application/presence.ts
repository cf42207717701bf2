/**
 * Watching who is online and who types. WhatsApp says it of chats that it was asked for, so it is asked while a client follows, and for a
 * while after that. It says it only to accounts that show themselves online.
 */
import { Effect, Schema } from "effect"
import { DeviceDirectory } from "../actors/directory.ts"
import { gateway } from "../actors/origin.ts"
import { chatOfPerson, numberOfKey } from "../events/roster-key.ts"
import type { Device } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { Roster } from "../store/roster/roster.ts"
import { numberIn } from "../whatsapp/jid.ts"

/** A chat by both of its names. */
export interface WatchedChat {
  readonly chat: string
  readonly chatAlt: string | null
}

/** Of one follower. */
export const WATCHED_MAX = 50

/** Rejection: a follower watches too many chats. */
export class TooManyWatched extends Schema.TaggedError<TooManyWatched>()("TooManyWatched", { max: Schema.Int }) {
  override get message(): string {
    return `a stream may watch ${this.max} chats`
  }
}

const WATCH_MS = 120_000
const RENEW_MS = 60_000

/** The chats that a client names by telephone number, jid or LID. */
export const chatsToWatch = (
  { deviceNumber }: Device,
  named: readonly string[]
): Effect.Effect<readonly WatchedChat[], StoreUnavailable | TooManyWatched, Roster> =>
  Effect.gen(function* () {
    if (named.length > WATCHED_MAX) return yield* new TooManyWatched({ max: WATCHED_MAX })
    const roster = yield* Roster
    return yield* Effect.forEach([...new Set(named)], (name) =>
      Effect.gen(function* () {
        const number = numberIn(name) ?? numberOfKey(name)
        if (number === null && !name.endsWith("@lid")) return { chat: name, chatAlt: null }
        const person = { lid: number === null ? name : null, number }
        const contact = yield* roster.contacts.find(deviceNumber, person)
        return chatOfPerson(contact ?? person)
      })
    )
  })

/** Asks again and again, for as long as it runs. A device that is away is asked when it is back. */
export const keepWatching = (
  device: Device,
  chats: readonly WatchedChat[]
): Effect.Effect<never, never, DeviceDirectory> =>
  Effect.gen(function* () {
    if (chats.length === 0) return yield* Effect.never
    const directory = yield* DeviceDirectory
    const ask = (isNew: boolean) => {
      const command = { type: "WatchPresence" as const, chats, forMs: WATCH_MS, isNew }
      return Effect.ignore(directory.ask(device.id, { command, origin: gateway }))
    }
    yield* ask(true)
    return yield* Effect.forever(Effect.andThen(Effect.sleep(RENEW_MS), ask(false)))
  })
