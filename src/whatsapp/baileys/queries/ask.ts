/** A question to WhatsApp, and what it means when its answer does not come. */
import { Effect } from "effect"
import { NoAnswer, NotConnected } from "../../whatsapp.ts"
import type { Readiness } from "../readiness.ts"

/** `asked`: what was asked, to follow "WhatsApp did not answer when the gateway asked". */
export const ask = <A>(
  readiness: Readiness,
  asked: string,
  question: () => Promise<A>
): Effect.Effect<A, NotConnected | NoAnswer> =>
  Effect.tryPromise({
    try: question,
    catch: () => (readiness.isConnected ? new NoAnswer({ asked }) : new NotConnected())
  })
