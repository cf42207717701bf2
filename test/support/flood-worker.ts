/** Sends large bodies over many connections from a thread of its own, so that it does not delay the test's requests. */
import { request } from "node:http"
import { parentPort, workerData } from "node:worker_threads"

export interface Flood {
  readonly url: string
  readonly connections: number
  readonly targets: readonly (readonly [path: string, headers: Readonly<Record<string, string>>])[]
}

const { url, connections, targets } = workerData as Flood
const PIECE = "x".repeat(65_536)
const PIECES = 16
const order = { isOver: false }

/** Sends a megabyte in pieces, without its length; returns the status, or 0 if the connection was closed. */
const send = ([path, headers]: Flood["targets"][number]): Promise<number> =>
  new Promise((resolve) => {
    const options = { method: "POST", headers: { "content-type": "application/json", ...headers } }
    const sending = request(`${url}${path}`, options, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0))
      response.on("error", () => resolve(0))
    })
    sending.on("error", () => resolve(0))
    sending.write('{"message":"')
    for (let n = 0; n < PIECES; n++) sending.write(PIECE)
    sending.end('"}')
  })

const statuses = new Set<number>()
const attack = async (n: number): Promise<void> => {
  const target = targets[n % targets.length] ?? ["/", {}]
  while (!order.isOver) statuses.add(await send(target))
}

parentPort?.once("message", () => {
  order.isOver = true
})
await Promise.all(Array.from({ length: connections }, (_, n) => attack(n)))
parentPort?.postMessage([...statuses], [])
