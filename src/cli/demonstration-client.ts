/** How the demonstrations ask the gateway's public API and the network's control API: as any client would. */
const PATIENCE_MS = 30_000

export interface Client {
  readonly get: <A>(path: string) => Promise<A>
  readonly post: <A>(path: string, body: unknown) => Promise<A>
}

export const client = (url: string, token?: string): Client => {
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` })
  }
  const call = async <A>(method: string, path: string, body?: unknown): Promise<A> => {
    const response = await fetch(url + path, {
      method,
      headers,
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return JSON.parse(text) as A
  }
  return { get: (path) => call("GET", path), post: (path, body) => call("POST", path, body) }
}

export const until = async <A>(look: () => Promise<A>, isIt: (found: A) => boolean, what: string): Promise<A> => {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (isIt(found)) return found
    if (Date.now() > end) throw new Error(`${what} did not come within ${PATIENCE_MS / 1_000} s`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
