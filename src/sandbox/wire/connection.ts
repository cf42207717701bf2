/**
 * One client's WebSocket: bytes in and out through Noise, stanzas in order, and the controls that socket faults need.
 * What stanzas mean is not known here; `ConnectionEvents` receives them.
 */
import { type BinaryNode, decodeBinaryNode, encodeBinaryNode, type proto } from "@whiskeysockets/baileys"
import type { WebSocket } from "ws"
import { InvalidRequest } from "../request-errors.ts"
import type { Counters } from "../state/counters.ts"
import type { Device, Receiver } from "../state/device.ts"
import type { NoiseIdentity } from "./noise-identity.ts"
import { NoiseResponder } from "./noise.ts"
import { element, SERVER, serverStanzaId } from "./stanza.ts"

/** Receives what a connection reads. Calls come one at a time, in the order in which the client sent the stanzas. */
export interface ConnectionEvents {
  onPayload(connection: Connection, payload: proto.ClientPayload): Promise<void> | void
  onStanza(connection: Connection, stanza: BinaryNode): Promise<void> | void
  onClose(connection: Connection): void
}

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly socket: WebSocket
  readonly noise: NoiseIdentity
  readonly counters: Counters
  readonly events: ConnectionEvents
  readonly backlogBytesMax: number
  readonly log: (line: string) => void
  /** By how many ms the next stanza must be late. */
  readonly latencyMs: (number: string | undefined) => number
}

/** How many stanzas latency, `mute` or `freeze` may hold back. Beyond it the socket is cut; the device's queue keeps them. */
const OUTGOING_MAX = 20_000
const CLOSE_DELAY_MS = 50
const RESPONSE_MS = 10_000

/** One connection, from handshake to close. It sends its stanzas in order. */
export class Connection implements Receiver {
  /** The device that logged in here. */
  device: Device | undefined
  /** Whether the server has begun to close the socket. It then neither reads nor sends. */
  closing = false
  /** The jids whose presence this client has subscribed to. */
  readonly presenceSubscriptions = new Set<string>()
  readonly noise: NoiseResponder
  readonly #options: ConnectionOptions
  readonly #responses = new Map<string, (response: BinaryNode | Error) => void>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #outgoing: { readonly stanza: BinaryNode; readonly due: number }[] = []
  #incoming: Promise<void> = Promise.resolve()
  #held = false
  #frozen = false
  #outgoingTimer: NodeJS.Timeout | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
    const { socket } = options
    this.noise = new NoiseResponder(options.noise, (bytes) => this.#sendBytes(bytes))
    socket.on("message", (data: Buffer) => {
      this.#incoming = this.#incoming.then(() => this.#readBytes(data)).catch((error: unknown) => this.#fail(error))
    })
    socket.on("error", (error) => this.#fail(error))
    socket.on("close", () => this.#closed())
  }

  /** Whether the server has stopped reading without the client's knowledge. Such a socket is not counted as a second login. */
  get frozen(): boolean {
    return this.#frozen
  }

  /** Sends a stanza, after the latency and after every earlier stanza. */
  push(stanza: BinaryNode): void {
    if (this.closing) return
    const delay = this.#options.latencyMs(this.device?.account.number)
    const last = this.#outgoing.at(-1)
    if (delay === 0 && last === undefined && !this.#held) {
      this.#write(stanza)
      return
    }
    this.#outgoing.push({ stanza, due: Math.max(Date.now() + delay, last?.due ?? 0) })
    if (this.#outgoing.length > OUTGOING_MAX) this.#fail(new Error(`${OUTGOING_MAX} stanzas are held back`))
    this.#scheduleOutgoing()
  }

  /** Sends a stanza of its device's queue. */
  receive(_sequence: number, stanza: BinaryNode): void {
    this.push(stanza)
  }

  /** Sends an iq to the client and waits for the response. Fails when the client refuses, disconnects or takes 10 s. */
  request(content: BinaryNode, attrs: Record<string, string> = {}): Promise<BinaryNode> {
    const id = serverStanzaId()
    return new Promise((resolve, reject) => {
      const timer = this.#after(RESPONSE_MS, () =>
        settle(new InvalidRequest(`the client did not answer the server's iq within ${RESPONSE_MS / 1000} s`))
      )
      const settle = (response: BinaryNode | Error): void => {
        this.#cancel(timer)
        this.#responses.delete(id)
        if (response instanceof Error) reject(response)
        else resolve(response)
      }
      this.#responses.set(id, settle)
      this.push(element("iq", { from: SERVER, type: "set", id, ...attrs }, [content]))
    })
  }

  /** Sends a last stanza, then closes the socket. It ends `mute` and `freeze` first, so that the stanza goes out. */
  closeWith(stanza: BinaryNode): void {
    this.resume()
    this.push(stanza)
    this.closing = true
    const due = this.#outgoing.at(-1)?.due ?? 0
    this.#after(Math.max(0, due - Date.now()) + CLOSE_DELAY_MS, () => this.#options.socket.close())
  }

  /** Closes the WebSocket with a close frame. */
  close(): void {
    this.closing = true
    this.#options.socket.close()
  }

  /** Cuts the TCP connection. */
  terminate(): void {
    this.closing = true
    this.#options.socket.terminate()
  }

  /** From now on the server reads but sends nothing. */
  mute(): void {
    this.#held = true
  }

  /** From now on the server neither reads nor writes; TCP stays up. */
  freeze(): void {
    this.#held = true
    this.#frozen = true
    this.#options.socket.pause()
  }

  /** Ends `mute` and `freeze` and sends what was held back. */
  resume(): void {
    this.#held = false
    if (this.#frozen) this.#options.socket.resume()
    this.#frozen = false
    this.#scheduleOutgoing()
  }

  /** Ends `mute` and `freeze` after this time. */
  resumeAfter(ms: number): void {
    this.#after(ms, () => this.resume())
  }

  /** Does this after so many ms, unless the connection has closed by then. */
  later(ms: number, act: () => void): void {
    this.#after(ms, act)
  }

  async #readBytes(bytes: Buffer): Promise<void> {
    for (const output of this.noise.read(bytes)) {
      if (this.closing) return
      if (output.kind === "payload") await this.#options.events.onPayload(this, output.payload)
      else await this.#readStanza(await decodeBinaryNode(output.bytes))
    }
  }

  async #readStanza(stanza: BinaryNode): Promise<void> {
    if (this.closing) return
    this.#options.counters.stanzasIn++
    const settle = stanza.tag === "iq" ? this.#responses.get(stanza.attrs["id"] ?? "") : undefined
    if (settle === undefined) await this.#options.events.onStanza(this, stanza)
    else settle(stanza.attrs["type"] === "result" ? stanza : new InvalidRequest("the client refused the server's iq"))
  }

  #scheduleOutgoing(): void {
    const next = this.#outgoing[0]
    if (next === undefined || this.#held || this.#outgoingTimer !== undefined) return
    this.#outgoingTimer = this.#after(Math.max(0, next.due - Date.now()), () => {
      this.#outgoingTimer = undefined
      const now = Date.now()
      while (!this.#held && this.#outgoing[0] !== undefined && this.#outgoing[0].due <= now) {
        const due = this.#outgoing.shift()
        if (due !== undefined) this.#write(due.stanza)
      }
      this.#scheduleOutgoing()
    })
  }

  #write(stanza: BinaryNode): void {
    this.#options.counters.stanzasOut++
    this.noise.write(encodeBinaryNode(stanza))
  }

  #sendBytes(bytes: Buffer): void {
    const { socket, backlogBytesMax, log } = this.#options
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > backlogBytesMax) {
      log(`sandbox: a client does not read; the server cuts its socket with ${socket.bufferedAmount} bytes waiting`)
      this.terminate()
      return
    }
    socket.send(bytes)
  }

  #after(ms: number, act: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, ms)
    this.#timers.add(timer)
    return timer
  }

  #cancel(timer: NodeJS.Timeout): void {
    clearTimeout(timer)
    this.#timers.delete(timer)
  }

  #fail(error: unknown): void {
    if (this.closing) return
    this.#options.log(`sandbox: a connection failed: ${error instanceof Error ? error.message : String(error)}`)
    this.terminate()
  }

  #closed(): void {
    this.closing = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    for (const settle of this.#responses.values()) settle(new InvalidRequest("the client disconnected"))
    this.#options.events.onClose(this)
  }
}
