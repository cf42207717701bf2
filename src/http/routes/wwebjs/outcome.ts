/** How this dialect words what became of a change. */
import { Effect } from "effect"
import type { OperationRefused } from "../../../whatsapp/operations/failures.ts"

type Refusable<E> = E | OperationRefused

/** `true` once it is done; `false` where WhatsApp refuses it, as whatsapp-web.js returns. */
export const resultOf = <E, R>(change: Effect.Effect<unknown, Refusable<E>, R>) =>
  change.pipe(
    Effect.as({ result: true }),
    Effect.catchIf(isRefused, () => Effect.succeed({ result: false }))
  )

const isRefused = (failure: unknown): failure is OperationRefused =>
  (failure as { readonly _tag?: string } | null)?._tag === "OperationRefused"
