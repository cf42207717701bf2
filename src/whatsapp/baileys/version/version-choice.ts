/**
 * Which version of WhatsApp Web the gateway names. WhatsApp refuses old ones: with 405, or, for a new link, without a word, when the version
 * is a few months old (Baileys#2679). So the newest is asked for before each link and after a 405. It is kept, and never lowered.
 */
import { Clock, Deferred, Effect } from "effect"
import { BUILT_WITH, type SeenVersion, type WebVersionsShape } from "../../../store/web-version.ts"
import { fetchNewestRevision } from "./newest-version.ts"

/** What a version is chosen for. `outdated`: WhatsApp refused the last one. */
export type VersionPurpose = "login" | "link" | "outdated"

export interface VersionChoiceOptions {
  /** The version that the operator has fixed. */
  readonly fixed: number | undefined
  /** Where the newest is read; undefined: nowhere. */
  readonly url: string | undefined
  /** What Baileys was built with. */
  readonly bundled: number
  readonly store: WebVersionsShape
  readonly warn: (text: string) => void
}

const OLD_MS = 60 * 86_400_000

export class VersionChoice {
  readonly #options: VersionChoiceOptions
  #known: SeenVersion | undefined
  #asking: Deferred.Deferred<void> | undefined

  constructor(options: VersionChoiceOptions) {
    this.#options = options
  }

  /** The third part of the version. Never fails: without an answer, it is the last good one. */
  choose(purpose: VersionPurpose): Effect.Effect<number> {
    return Effect.gen({ self: this }, function* () {
      const { fixed, url, warn } = this.#options
      const known = this.#known ?? (yield* this.#load)
      if (fixed !== undefined) {
        if (purpose === "link" && fixed < known.revision) {
          warn(`WA_VERSION names ${fixed}, and ${known.revision} is known: phones may refuse to link it`)
        }
        return fixed
      }
      if (url !== undefined && purpose !== "login") yield* this.#ask(url)
      const { revision, currentAt } = this.#known ?? known
      if (purpose === "link" && (yield* Clock.currentTimeMillis) - currentAt > OLD_MS) {
        const day = new Date(currentAt).toISOString().slice(0, 10)
        warn(
          `the version of WhatsApp Web is of ${day}, and phones refuse to link old ones; set WA_VERSION to a newer one`
        )
      }
      return revision
    })
  }

  get #load(): Effect.Effect<SeenVersion> {
    const { bundled, store, warn } = this.#options
    return Effect.gen({ self: this }, function* () {
      const kept = yield* store.read.pipe(
        Effect.tapError(({ message }) => Effect.sync(() => warn(message))),
        Effect.orElseSucceed(() => undefined)
      )
      const built = bundled === BUILT_WITH.revision ? BUILT_WITH : { revision: bundled, currentAt: 0 }
      this.#known = kept !== undefined && kept.revision >= built.revision ? kept : built
      return this.#known
    })
  }

  /** Devices that link at the same time share one answer. */
  #ask(url: string): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      if (this.#asking) return yield* Deferred.await(this.#asking)
      const asking = Deferred.makeUnsafe<void>()
      this.#asking = asking
      yield* Effect.ensuring(
        this.#refresh(url),
        Effect.suspend(() => {
          this.#asking = undefined
          return Deferred.succeed(asking, undefined)
        })
      )
    })
  }

  #refresh(url: string): Effect.Effect<void> {
    const { store, warn } = this.#options
    return Effect.gen({ self: this }, function* () {
      const revision = yield* Effect.tryPromise(() => fetchNewestRevision(url))
      const currentAt = yield* Clock.currentTimeMillis
      const known = this.#known?.revision ?? 0
      const seen = { revision: Math.max(revision, known), currentAt }
      this.#known = seen
      yield* store.keep(seen)
    }).pipe(
      Effect.catch((failure) =>
        Effect.sync(() => {
          const cause = "cause" in failure ? failure.cause : failure
          const reason = cause instanceof Error ? cause.message : String(cause)
          warn(`the newest version of WhatsApp Web is not known: ${reason}; the gateway goes on with the last one`)
        })
      )
    )
  }
}
