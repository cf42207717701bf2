/** A line between a client and a server of this machine that can be cut: the client sees its connections end, and new ones refused. */
import { connect, createServer, type Server, type Socket } from "node:net"
import type { AddressInfo } from "node:net"

export class Line implements AsyncDisposable {
  readonly url: string
  readonly #server: Server
  readonly #sockets: Set<Socket>
  #isCut = false

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server
    this.#sockets = sockets
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on("connection", (socket) => this.#isCut && socket.destroy())
  }

  /** `target`: such as `http://127.0.0.1:3000`. */
  static async to(target: string): Promise<Line> {
    const sockets = new Set<Socket>()
    const { port } = new URL(target)
    const server = createServer((near) => {
      const far = connect(Number(port), "127.0.0.1")
      for (const [from, to] of [
        [near, far],
        [far, near]
      ] as const) {
        sockets.add(from)
        from.pipe(to)
        from.on("error", () => to.destroy())
        from.on("close", () => {
          sockets.delete(from)
          to.destroy()
        })
      }
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return new Line(server, sockets)
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
