/** What the account is told, whichever connection it came over: recorded first, and only then called recorded. Keeps DEV-4. */
import { Effect } from "effect"
import type { Origin } from "../../events/envelope.ts"
import type { StoreUnavailable } from "../../store/errors.ts"
import type { LifecycleSignal, MessageSignal, RosterSignal, Signal } from "../../whatsapp/whatsapp.ts"
import type { Messaging } from "./messages/messaging.ts"
import type { RosterStream } from "./roster/roster-stream.ts"

export type AccountSignal = MessageSignal | RosterSignal

const ofTheAccount: Readonly<Record<AccountSignal["type"], true>> = {
  received: true,
  history: true,
  roster: true,
  acknowledged: true,
  refused: true,
  receipt: true
}

/** What a connection says of itself. */
export const isLifecycle = (signal: Signal): signal is LifecycleSignal => !Object.hasOwn(ofTheAccount, signal.type)

interface Streams {
  readonly messaging: Messaging
  readonly roster: RosterStream
}

export const takeIn = (
  signal: AccountSignal,
  { messaging, roster }: Streams,
  origin: Origin
): Effect.Effect<void, StoreUnavailable> => {
  switch (signal.type) {
    case "received":
      return Effect.gen(function* () {
        yield* messaging.receive(signal.messages, origin)
        yield* roster.meet(signal.messages, origin)
        signal.recorded?.()
      })
    case "history":
      return Effect.map(messaging.receiveHistory(signal.messages, signal.progress, origin), () => signal.recorded?.())
    case "roster":
      return Effect.gen(function* () {
        yield* roster.learn(signal.changes, signal.told, origin)
        yield* messaging.rename(signal.changes.flatMap((each) => (each.type === "contact" ? [each.contact] : [])))
        signal.recorded?.()
      })
    default:
      return messaging.hear(signal, origin)
  }
}
