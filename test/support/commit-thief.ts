/**
 * A TCP proxy to a database server that breaks at the worst moment: while a COMMIT, or its response, is under way.
 */
import { createServer, connect, type Server, type Socket } from "node:net"
import type { AddressInfo } from "node:net"

/** What happens to the next COMMIT: the request is lost, with or without the server noticing the lost client; or the response is lost. */
export type Theft = "request" | "request, unheard" | "answer"

const COMMIT = Buffer.concat([Buffer.of(3), Buffer.from("COMMIT")])

export class CommitThief implements AsyncDisposable {
  readonly #server: Server
  /** Each client's connection to the server. */
  readonly #roads = new Map<Socket, Socket>()
  /** Connections to the server whose client is gone without the server noticing. */
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

  /** `thenClosed`: from that moment no client gets through until `open`. */
  steal(theft: Theft, thenClosed = false): void {
    this.#theft = theft
    this.#closes = thenClosed
  }

  /** Breaks every connection; no client gets through until `open`. */
  close(): void {
    this.#isClosed = true
    for (const road of this.#roads) for (const end of road) end.destroy()
  }

  /** Breaks every connection on the gateway's side without the server noticing, as when a machine or its network dies. */
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
      // Packet header: three bytes of length, one byte of sequence.
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
