/**
 * A TCP road to a database that can break in the worst moment: when a COMMIT is on its way, or when its answer is.
 */
import { createServer, connect, type Server, type Socket } from "node:net"
import type { AddressInfo } from "node:net"

/** What becomes of the next COMMIT: it never arrives, the server may not even hear that its client is gone; or nobody hears of it. */
export type Theft = "request" | "request, unheard" | "answer"

const COMMIT = Buffer.concat([Buffer.of(3), Buffer.from("COMMIT")])

export class CommitThief implements AsyncDisposable {
  readonly #server: Server
  /** Each client's way to the server. */
  readonly #roads = new Map<Socket, Socket>()
  /** Those whose client is gone, and do not know it. */
  readonly #forsaken = new WeakSet<Socket>()
  readonly #target: number
  #theft: Theft | undefined
  #closes = false
  #isClosed = false
  thefts = 0

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((client) => this.#lead(client))
  }

  static async to(port: number): Promise<CommitThief> {
    const thief = new CommitThief(port)
    await new Promise<void>((resolve) => thief.#server.listen(0, "127.0.0.1", resolve))
    return thief
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** `thenClosed`: from that moment nobody gets through, until it is opened. */
  steal(theft: Theft, thenClosed = false): void {
    this.#theft = theft
    this.#closes = thenClosed
  }

  /** Breaks every connection; nobody gets through until it is opened. */
  close(): void {
    this.#isClosed = true
    for (const road of this.#roads) for (const end of road) end.destroy()
  }

  /** Breaks every connection on the gateway's side; the server hears nothing of it, as when a machine or its network dies. */
  part(): void {
    for (const [client, server] of this.#roads) {
      this.#forsaken.add(server)
      client.destroy()
    }
  }

  open(): void {
    this.#isClosed = false
  }

  #lead(client: Socket): void {
    if (this.#isClosed) {
      client.destroy()
      return
    }
    const server = connect(this.#target, "127.0.0.1")
    this.#roads.set(client, server)
    let isDeaf = false
    const end = () => {
      client.destroy()
      if (this.#forsaken.has(server)) return
      server.destroy()
      this.#roads.delete(client)
    }
    client.on("error", end).on("close", end)
    server.on("error", end).on("close", end)
    client.on("data", (bytes) => {
      // Packet header: three bytes of length, one of sequence.
      const theft = bytes.subarray(4).equals(COMMIT) ? this.#theft : undefined
      if (theft === undefined) {
        server.write(bytes)
        return
      }
      this.#theft = undefined
      this.#isClosed = this.#closes
      this.thefts++
      if (theft === "request, unheard") this.#forsaken.add(server)
      if (theft !== "answer") end()
      else {
        isDeaf = true
        server.write(bytes)
      }
    })
    server.on("data", (bytes) => {
      if (isDeaf) end()
      else client.write(bytes)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    this.#server.close()
  }
}
