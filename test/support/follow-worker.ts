/** Follows the log over many WebSockets, or as Server-Sent Events, from a thread of its own, and counts the events. */
import { get } from "node:http"
import { parentPort, workerData } from "node:worker_threads"
import { WebSocket } from "ws"

export interface Followers {
  /** `ws:` or `http:`. */
  readonly url: string
  readonly count: number
  readonly token: string
}

const { url, count, token } = workerData as Followers
let frames = 0
const DATA = "\ndata: "
for (let n = 0; n < count; n++) {
  const headers = { authorization: `Bearer ${token}` }
  if (url.startsWith("http:")) {
    get(url, { headers, agent: false }, (response) => {
      let rest = ""
      response.setEncoding("latin1").on("data", (chunk: string) => {
        const parts = (rest + chunk).split(DATA)
        frames += parts.length - 1
        rest = (parts.at(-1) ?? "").slice(-DATA.length)
      })
    })
    continue
  }
  const socket = new WebSocket(url, { headers })
  socket.on("message", () => frames++)
  socket.on("error", () => {})
}

parentPort?.on("message", () => parentPort?.postMessage(frames, []))
