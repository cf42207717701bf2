/** Follows the stream over many WebSockets from a thread of its own, and counts the frames. */
import { parentPort, workerData } from "node:worker_threads"
import { WebSocket } from "ws"

export interface Followers {
  readonly url: string
  readonly count: number
  readonly token: string
}

const { url, count, token } = workerData as Followers
let frames = 0
for (let n = 0; n < count; n++) {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } })
  socket.on("message", () => frames++)
  socket.on("error", () => {})
}

parentPort?.on("message", () => parentPort?.postMessage(frames, []))
