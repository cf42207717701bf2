/** What the server is built with. */
import type { Schema } from "effect"
import type { SecretBox } from "../store/secrets/secret-box.ts"
import type { Route } from "./declaration.ts"
import type { WwebjsOptions } from "./routes/wwebjs/dialect.ts"
import type { Run } from "./runtime.ts"

export interface HttpSettings {
  /** The address that the server is bound to. */
  readonly host: string
  /** Names in `Host` that are accepted while the server is bound to loopback, beside those of loopback itself. */
  readonly allowedHosts: readonly string[]
  readonly trustProxy: boolean | number | string
  readonly isRegistrationOpen: boolean
  readonly attachmentBytesMax: number
  readonly bodyTimeoutMs: number
  readonly streamsPerUserMax: number
  readonly dataDirectory: string
  readonly wwebjs: Omit<WwebjsOptions, "callbackDirectory"> & { readonly hasLocalCallback: boolean }
  readonly webhooks: { readonly disabledCallbacks: readonly string[] }
  readonly sendAckTimeoutMs: number
  readonly rateLimitMax: number
  readonly rateLimitWindowMs: number
  /** The sandbox's network; its phones can be used where it has a `controlUrl`. */
  readonly network: { readonly controlUrl: string | undefined } | undefined
  /** Origins whose pages may call the API. None by default. */
  readonly allowedOrigins: readonly string[]
}

export interface HttpContext {
  readonly run: Run
  readonly settings: HttpSettings
  /** Keeps fingerprints of requests from being guessed. */
  readonly mac: SecretBox["mac"]
  /** This release. */
  readonly version: string
  /** Called for every request. */
  readonly noteRequest: () => void
  /** For tests: throws when a response differs from its declaration. */
  readonly checkAnswer?: ((route: Route, schema: Schema.Top, text: string) => void) | undefined
}
