/** A client of Server-Sent Events: it keeps what came, as a browser would understand it, and how the response ended. */
import { type IncomingMessage, request } from "node:http"
import type { Answer, RecordedJson } from "../../support/gateway-client.ts"
import { until } from "../../support/until.ts"
import type { SecretJson } from "./follower.ts"

export interface LiveOptions {
  readonly token?: string
  readonly headers?: Record<string, string>
}

export interface End {
  readonly code: number
  readonly reason: string
  readonly position: number
}

export class LiveFeed implements AsyncDisposable {
  readonly #response: IncomingMessage
  readonly events: RecordedJson[] = []
  readonly secrets: SecretJson[] = []
  comments = 0
  retryMs: number | undefined
  /** What a browser sends as `Last-Event-ID`. */
  lastEventId = ""
  /** The event `end`; undefined when the response ended without it. */
  readonly ended: Promise<End | undefined>

  constructor(response: IncomingMessage) {
    this.#response = response
    let rest = ""
    let end: End | undefined
    response.setEncoding("utf8").on("data", (chunk: string) => {
      const blocks = (rest + chunk).split("\n\n")
      // An incomplete block does not count, as in a browser.
      rest = blocks.pop() ?? ""
      for (const block of blocks) end = this.#take(block) ?? end
    })
    response.on("error", () => {})
    this.ended = new Promise((resolve) => response.once("close", () => resolve(end)))
  }

  get headers(): IncomingMessage["headers"] {
    return this.#response.headers
  }

  get positions(): readonly number[] {
    return this.events.map(({ position }) => position)
  }

  get lastPosition(): number {
    return this.events.at(-1)?.position ?? 0
  }

  /** Waits until an event at or after this position has come. */
  async reach(position: number): Promise<void> {
    await until(() => this.lastPosition >= position, `position ${position}`)
  }

  /** Stops reading; `resume` reads on. */
  pause(): void {
    this.#response.pause()
  }

  resume(): void {
    this.#response.resume()
  }

  async leave(): Promise<void> {
    this.#response.destroy()
    await this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave()
  }

  #take(block: string): End | undefined {
    const fields: Record<string, string> = {}
    for (const line of block.split("\n")) {
      const [, name = "", value = ""] = /^([^:]*): ?(.*)$/.exec(line) ?? []
      if (name === "") this.comments++
      else fields[name] = value
    }
    const { id, event = "message", data, retry } = fields
    if (retry !== undefined) this.retryMs = Number(retry)
    if (id !== undefined) this.lastEventId = id
    if (data === undefined) return undefined
    const parsed: unknown = JSON.parse(data)
    if (event === "end") return parsed as End
    if (id === undefined) this.secrets.push(parsed as SecretJson)
    else this.events.push(parsed as RecordedJson)
    return undefined
  }
}

/** Opens the feed at this URL. Resolves with the response when the gateway refuses. */
export const openFeed = (url: string, { token, headers }: LiveOptions = {}): Promise<LiveFeed | Answer> =>
  new Promise((resolve, reject) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const asked = request(url, { agent: false, headers: { ...authorization, ...headers } }, (response) => {
      if (response.statusCode === 200) {
        resolve(new LiveFeed(response))
        return
      }
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
      response.on("end", () => {
        const { statusCode: status = 0 } = response
        resolve({ status, body: text === "" ? undefined : JSON.parse(text), headers: new Headers() })
      })
    })
    asked.on("error", reject)
    asked.end()
  })

/** The same for `/v1/events/live` of a gateway. Rejects when the gateway refuses. */
export const followLive = async (
  gateway: { readonly url: string },
  query = "",
  options: LiveOptions = {}
): Promise<LiveFeed> => {
  const opened = await openFeed(`${gateway.url}/v1/events/live${query}`, options)
  if (opened instanceof LiveFeed) return opened
  throw new Error(`the feed was refused: ${JSON.stringify(opened)}`)
}

export const refusedLive = async (
  gateway: { readonly url: string },
  query = "",
  options: LiveOptions = {}
): Promise<Answer> => {
  const opened = await openFeed(`${gateway.url}/v1/events/live${query}`, options)
  if (!(opened instanceof LiveFeed)) return opened
  await opened.leave()
  throw new Error(`the feed was opened: ${query}`)
}
