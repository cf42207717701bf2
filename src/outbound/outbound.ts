/**
 * HTTP requests to URLs that clients choose: webhooks are posted, files are fetched. Read this first. Keeps SEC-3.
 *
 * No request reaches a private address that the operator did not allow (agent.ts). A post does not follow redirects; a file may be
 * redirected three times, and each time the new URL and its address are checked. Time and bytes are limited, answers and files included.
 */
import { Context, Effect, Layer } from "effect"
import type { Agent } from "undici"
import { type AddressPolicy, addressPolicy } from "./addresses.ts"
import { openAgent, type Resolve } from "./agent.ts"
import { type FetchedFile, fetchFile, type FetchOptions } from "./fetch-file.ts"
import { Poster, type PosterOptions } from "./post.ts"
import { urlProblem } from "./url-problem.ts"

export interface OutboundShape {
  /** What is wrong with a URL that a client gives; undefined if nothing is. */
  readonly urlProblem: (url: string) => string | undefined
  /** Posts to a URL. No connection, no answer in time and a broken answer are outcomes, not failures. */
  readonly poster: (options: PosterOptions) => Poster
  /** Rejects with FetchProblem. */
  readonly fetchFile: (url: string, options: FetchOptions) => Promise<FetchedFile>
}

export interface OutboundOptions {
  /** Ranges of private addresses that may be reached. */
  readonly allow: readonly string[]
  /** For tests. */
  readonly resolve?: Resolve
}

const CONNECT_TIMEOUT_MS = 10_000
/** One receiver may serve many endpoints, each with one post at a time. */
const CONNECTIONS_MAX = 256

export class Outbound extends Context.Service<Outbound, OutboundShape>()("bitacora/outbound/Outbound") {
  static readonly layer = ({ allow, resolve }: OutboundOptions) =>
    Layer.effect(
      Outbound,
      Effect.gen(function* () {
        const policy = addressPolicy(allow)
        const guarded = yield* agentFor(policy, resolve)
        const trusting = yield* agentFor(undefined)
        return Outbound.of({
          urlProblem: (url) => urlProblem(url, policy),
          poster: (options) => new Poster(options.isTrusted ? trusting : guarded, options),
          fetchFile: (url, options) => fetchFile({ agent: guarded, policy }, url, options)
        })
      })
    )
}

const agentFor = (policy: AddressPolicy | undefined, resolve?: Resolve) =>
  Effect.acquireRelease(
    Effect.sync(
      (): Agent =>
        openAgent({
          policy,
          connectTimeoutMs: CONNECT_TIMEOUT_MS,
          connectionsMax: CONNECTIONS_MAX,
          ...(resolve === undefined ? {} : { resolve })
        })
    ),
    (agent) => Effect.promise(() => agent.destroy())
  )
