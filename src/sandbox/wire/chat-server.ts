/**
 * The server that clients connect to: HTTP on 127.0.0.1 that upgrades to WebSocket at /ws/chat, and serves the service worker of
 * WhatsApp Web at /sw.js, which names the newest version.
 */
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { type WebSocket, WebSocketServer } from "ws"

const FRAME_BYTES_MAX = 17 * 1024 * 1024

/** The server. It passes each accepted WebSocket to `onSocket`. */
export class ChatServer {
  readonly #server: Server
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: FRAME_BYTES_MAX })
  readonly #refuseUpgrade: () => number | undefined
  readonly #onSocket: (socket: WebSocket) => void

  /**
   * `refuseUpgrade` returns the HTTP status that refuses the upgrade, or undefined to accept it. `serviceWorker` returns the text of
   * /sw.js, or undefined where it is not to be reached.
   */
  constructor(options: {
    readonly refuseUpgrade: () => number | undefined
    readonly serviceWorker: () => string | undefined
    readonly onSocket: (socket: WebSocket) => void
  }) {
    this.#refuseUpgrade = options.refuseUpgrade
    this.#onSocket = options.onSocket
    this.#server = createServer(({ url }, response) => {
      if (url !== "/sw.js") {
        response.writeHead(426, { "content-type": "text/plain", connection: "close" }).end("WebSocket only\n")
        return
      }
      const text = options.serviceWorker()
      response.writeHead(text === undefined ? 503 : 200, { "content-type": "text/javascript", connection: "close" })
      response.end(text)
    })
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head)
    )
  }

  /** Listens and returns the port. */
  start(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen(port, "127.0.0.1", () => resolve((this.#server.address() as AddressInfo).port))
    })
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const isChat = request.url?.split("?")[0] === "/ws/chat"
    const status = isChat ? this.#refuseUpgrade() : 404
    // A client may disconnect while the server refuses it.
    socket.on("error", () => socket.destroy())
    if (status === undefined) this.#sockets.handleUpgrade(request, socket, head, this.#onSocket)
    else socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  }
}
