/** Fetches a file that a client names by URL. The caller reads it piece by piece; time, bytes and redirects are limited. */
import { Schema } from "effect"
import type { Agent, Dispatcher } from "undici"
import type { AddressPolicy } from "./addresses.ts"
import { AddressRefused } from "./agent.ts"
import { reasonOf } from "./reason.ts"
import { urlProblem } from "./url-problem.ts"

/** Rejection: the URL gives no usable file. `reason` is a phrase that follows "the file of the URL". */
export class FetchProblem extends Schema.TaggedError<FetchProblem>()("FetchProblem", {
  kind: Schema.Literals(["url", "redirects", "status", "bytes", "time", "connection"]),
  reason: Schema.String
}) {
  override get message(): string {
    return `the file cannot be fetched: ${this.reason}`
  }
}

export interface FetchOptions {
  readonly bytesMax: number
  /** For everything, from the first connection to the last byte. */
  readonly timeoutMs: number
}

export interface FetchedFile {
  /** The media type of the header Content-Type, without parameters; null if there is none. */
  readonly mimetype: string | null
  /** The last part of the final URL's path; null if it has none. */
  readonly filename: string | null
  /** Reads the file; rejects with FetchProblem. Read it to its end or return early: the connection ends with it. */
  readonly pieces: AsyncIterable<Uint8Array>
}

const REDIRECTS_MAX = 3
const redirects = new Set([301, 302, 303, 307, 308])

export interface FetchMeans {
  readonly agent: Agent
  readonly policy: AddressPolicy
}

/** Rejects with FetchProblem. */
export const fetchFile = async (
  { agent, policy }: FetchMeans,
  given: string,
  { bytesMax, timeoutMs }: FetchOptions
): Promise<FetchedFile> => {
  const ended = new AbortController()
  const tooLate = new FetchProblem({ kind: "time", reason: `it took longer than ${timeoutMs} ms` })
  const timer = setTimeout(() => ended.abort(tooLate), timeoutMs)
  const problemOf = (failure: unknown): unknown => {
    clearTimeout(timer)
    if (failure instanceof FetchProblem) return failure
    if (ended.signal.aborted) return ended.signal.reason
    if (failure instanceof AddressRefused) return new FetchProblem({ kind: "url", reason: failure.message })
    return new FetchProblem({ kind: "connection", reason: reasonOf(failure) })
  }
  try {
    let url = checked(given, policy)
    for (let hop = 0; ; hop++) {
      const response = await get(agent, url, ended.signal)
      const { location } = response.headers
      if (!redirects.has(response.statusCode) || typeof location !== "string") {
        return { ...describe(url, response, bytesMax), pieces: piecesOf(response, bytesMax, timer, problemOf) }
      }
      discard(response.body)
      if (hop === REDIRECTS_MAX) {
        throw new FetchProblem({ kind: "redirects", reason: `it redirects more than ${REDIRECTS_MAX} times` })
      }
      url = checked(URL.canParse(location, url.href) ? new URL(location, url.href).href : location, policy)
    }
  } catch (failure) {
    throw problemOf(failure)
  }
}

const checked = (given: string, policy: AddressPolicy): URL => {
  const problem = urlProblem(given, policy)
  if (problem !== undefined) throw new FetchProblem({ kind: "url", reason: `its URL ${problem}` })
  return new URL(given)
}

const get = (agent: Agent, url: URL, signal: AbortSignal): Promise<Dispatcher.ResponseData> =>
  agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: "GET",
    headers: { accept: "*/*", "accept-encoding": "identity", "user-agent": "Bitacora" },
    signal,
    headersTimeout: 0,
    bodyTimeout: 0
  })

/** Closes the connection. undici reports that as an error of the body. */
const discard = (body: Dispatcher.ResponseData["body"]): void => {
  body.on("error", () => {}).destroy()
}

const describe = (url: URL, { statusCode, headers, body }: Dispatcher.ResponseData, bytesMax: number) => {
  const refuse = (kind: FetchProblem["kind"], reason: string): never => {
    discard(body)
    throw new FetchProblem({ kind, reason })
  }
  if (statusCode !== 200) refuse("status", `its server responded with ${statusCode}`)
  if (Number(headers["content-length"] ?? 0) > bytesMax) refuse("bytes", `it is larger than ${bytesMax} bytes`)
  const type = headers["content-type"]
  const mimetype = typeof type === "string" ? (type.split(";")[0]?.trim().toLowerCase() ?? "") : ""
  return { mimetype: mimetype || null, filename: lastPart(url) }
}

const lastPart = (url: URL): string | null => {
  const part = url.pathname.slice(url.pathname.lastIndexOf("/") + 1)
  try {
    return decodeURIComponent(part) || null
  } catch {
    return part
  }
}

async function* piecesOf(
  { body }: Dispatcher.ResponseData,
  bytesMax: number,
  timer: NodeJS.Timeout,
  problemOf: (failure: unknown) => unknown
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      bytes += piece.length
      if (bytes > bytesMax) throw new FetchProblem({ kind: "bytes", reason: `it is larger than ${bytesMax} bytes` })
      yield piece
    }
  } catch (failure) {
    throw problemOf(failure)
  } finally {
    clearTimeout(timer)
    discard(body)
  }
}
