/**
 * Sends requests to a control API, as a script would, and returns the status and the JSON.
 */
import { request } from "node:http"

export interface Answer<T = unknown> {
  readonly status: number
  readonly body: T
}

/** Sends one request. A body that is not a text is sent as JSON. */
export function call<T = Record<string, unknown>>(
  controlUrl: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {}
): Promise<Answer<T>> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${controlUrl}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", reject)
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8")
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as T })
      })
    })
    outgoing.on("error", reject)
    outgoing.end(typeof body === "string" || body === undefined ? body : JSON.stringify(body))
  })
}
