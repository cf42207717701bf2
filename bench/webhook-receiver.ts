/** A receiver of webhooks in a process of its own, for bench/webhook.ts: counts posts, and how old the events in them are. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export interface Counted {
  readonly port: number
  readonly count: number
  /**
   * Milliseconds from the recording of each event to its arrival, except at `/stuck` and at `/0`: the endpoint that is stuck for a while then
   * gets what waited for it.
   */
  readonly agesMs: readonly number[]
}

const STAMP = Buffer.from('"at ')
let count = 0
let agesMs: number[] = []

const server = createServer((request, response) => {
  const pieces: Buffer[] = []
  request.on("data", (piece: Buffer) => pieces.push(piece))
  request.on("end", () => {
    if (request.url === "/stuck") return
    count++
    const body = Buffer.concat(pieces)
    const start = body.indexOf(STAMP)
    if (start >= 0 && request.url !== "/0") {
      const from = start + STAMP.length
      const began = BigInt(body.subarray(from, body.indexOf(" ", from)).toString())
      agesMs.push(Number(process.hrtime.bigint() - began) / 1e6)
    }
    response.writeHead(204).end()
  })
})

const tell = () => {
  process.send?.({ port: (server.address() as AddressInfo).port, count, agesMs } satisfies Counted)
  agesMs = []
}

server.listen(0, "127.0.0.1", tell)
process.on("message", tell)
process.on("disconnect", () => process.exit(0))
