/** A question to WhatsApp, and what it means when its answer does not come. */
import { Effect } from "effect"
import { NoAnswer, NotConnected } from "../../whatsapp.ts"
import type { Readiness } from "../readiness.ts"

/** `asked`: what was asked, to follow "WhatsApp did not answer when the gateway asked". */
export const ask = <A>(
  readiness: Readiness,
  asked: string,
  question: () => Promise<A>
): Effect.Effect<A, NotConnected | NoAnswer> => askOr<A, never>(readiness, asked, question, () => undefined)

/** The same for a question that can be refused. `refused`: the failure that an error of `question` stands for, where it stands for one. */
export const askOr = <A, E>(
  readiness: Readiness,
  asked: string,
  question: () => Promise<A>,
  refused: (failure: unknown) => E | undefined
): Effect.Effect<A, NotConnected | NoAnswer | E> =>
  Effect.tryPromise({
    try: question,
    catch: (failure): E | NoAnswer | NotConnected =>
      refused(failure) ?? (readiness.isConnected ? new NoAnswer({ asked }) : new NotConnected())
  })

/** The code with which WhatsApp refused a query, as Baileys reports it; undefined for another failure. */
export const refusalCode = (failure: unknown): number | undefined => {
  const code = (failure as { readonly data?: unknown } | null)?.data
  return Number.isInteger(code) ? (code as number) : undefined
}

/** Whether WhatsApp refused a query because there were too many. */
export const isRateLimit = (failure: unknown): boolean => refusalCode(failure) === TOO_MANY_REQUESTS

const TOO_MANY_REQUESTS = 429
