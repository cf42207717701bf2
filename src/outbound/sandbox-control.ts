/**
 * Requests to the control API of the sandbox's network, which simulates phones and their contacts. There is none outside the sandbox, and
 * its address is loopback (config.ts).
 */
import { Context, Effect, Layer, Schema } from "effect"

/** Rejection: the simulated phone, or the network, does not do this. `detail` is the network's sentence. */
export class PhoneRefused extends Schema.TaggedError<PhoneRefused>()("PhoneRefused", {
  detail: Schema.String,
  /** Of the network: 404 where it does not know the phone or contact. */
  networkStatus: Schema.Int
}) {
  override get message(): string {
    return this.detail
  }
}

/** Transient: the network does not answer, or not as it should. */
export class SandboxUnavailable extends Schema.TaggedError<SandboxUnavailable>()("SandboxUnavailable", {}) {
  override get message(): string {
    return "the sandbox's network does not answer"
  }
}

export type SandboxFailure = PhoneRefused | SandboxUnavailable

export interface SandboxControlShape {
  /** Whether the gateway runs on a simulated network. */
  readonly isOn: boolean
  readonly get: (path: string) => Effect.Effect<unknown, SandboxFailure>
  readonly post: (path: string, body: object) => Effect.Effect<unknown, SandboxFailure>
  readonly delete: (path: string) => Effect.Effect<unknown, SandboxFailure>
}

/** A phone that scans waits for the client's signature. */
const TIMEOUT_MS = 20_000
/** The longest is a chat of 100 messages with 4,096 characters each, which JSON may write as six bytes each. */
const ANSWER_BYTES_MAX = 3_000_000

export class SandboxControl extends Context.Service<SandboxControl, SandboxControlShape>()(
  "bitacora/outbound/SandboxControl"
) {
  /** Without a URL every request fails. */
  static readonly layer = (url: string | undefined) => {
    const ask = (method: string, path: string, body?: object): Effect.Effect<unknown, SandboxFailure> =>
      url === undefined
        ? new SandboxUnavailable()
        : Effect.tryPromise({
            try: (signal) => exchange(new URL(path, url), method, body, signal),
            catch: (failure) => (failure instanceof PhoneRefused ? failure : new SandboxUnavailable())
          })
    return Layer.succeed(SandboxControl, {
      isOn: url !== undefined,
      get: (path) => ask("GET", path),
      post: (path, body) => ask("POST", path, body),
      delete: (path) => ask("DELETE", path)
    })
  }
}

const exchange = async (
  url: URL,
  method: string,
  body: object | undefined,
  interrupted: AbortSignal
): Promise<unknown> => {
  const response = await fetch(url, {
    method,
    redirect: "error",
    signal: AbortSignal.any([interrupted, AbortSignal.timeout(TIMEOUT_MS)]),
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } })
  })
  const answer: unknown = JSON.parse(await boundedText(response))
  if (response.ok) return answer
  if (response.status >= 500) throw new Error(`the network answered with ${response.status}`)
  throw new PhoneRefused({ detail: errorIn(answer), networkStatus: response.status })
}

const boundedText = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > ANSWER_BYTES_MAX) throw new Error("the network's answer is too large")
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}

const errorIn = (answer: unknown): string => {
  const { error } = answer as { readonly error?: unknown }
  return typeof error === "string" ? error : "the network refused it"
}
