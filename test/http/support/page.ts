/** A page of the old gateway: a Socket.IO client that keeps what came. */
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client"
import { until } from "../../support/until.ts"

export interface Status {
  readonly numero: string | null
  readonly state: string
  readonly ready: boolean
  readonly estado: string
}

export interface ShownMessage {
  readonly numero: string | null
  readonly from: string
  readonly body: string
  readonly type: string
  readonly timestamp: number
  readonly messageId: string
}

export interface Fin {
  readonly code: number
  readonly reason: string
  readonly position: number
}

export class Page implements AsyncDisposable {
  readonly socket: Socket
  readonly statuses: Status[] = []
  readonly messages: ShownMessage[] = []
  readonly qrs: { readonly numero: string | null; readonly qr: string }[] = []
  readonly fins: Fin[] = []
  /** Of events that have one. */
  readonly positions: number[] = []
  readonly disconnects: string[] = []
  readonly refusals: { readonly message: string; readonly data: unknown }[] = []

  constructor(url: string, options: Partial<ManagerOptions & SocketOptions> = {}) {
    this.socket = io(url, { forceNew: true, reconnection: false, ...options })
    const keep =
      <A>(list: A[]) =>
      (body: A, position?: number) => {
        list.push(body)
        if (position !== undefined) this.positions.push(position)
      }
    this.socket.on("status", keep(this.statuses))
    this.socket.on("message", keep(this.messages))
    this.socket.on("qr", keep(this.qrs))
    this.socket.on("fin", keep(this.fins))
    this.socket.on("disconnect", (reason) => this.disconnects.push(reason))
    this.socket.on("connect_error", (failure) => {
      const { message, data } = failure as Error & { readonly data?: unknown }
      this.refusals.push({ message, data })
    })
  }

  get transport(): string {
    return this.socket.io.engine.transport.name
  }

  async connected(): Promise<this> {
    await until(() => this.socket.connected || this.refusals.length > 0, "the connection")
    if (!this.socket.connected) throw new Error(`refused: ${JSON.stringify(this.refusals)}`)
    return this
  }

  async refused(): Promise<Page["refusals"][number] | undefined> {
    await until(() => this.socket.connected || this.refusals.length > 0, "the refusal")
    this.socket.disconnect()
    return this.refusals[0]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.disconnect()
  }
}
