/**
 * One client's WebSocket: bytes in and out through Noise, stanzas in order, and the ways in which a socket can go bad.
 * It knows nothing of what stanzas mean; `ConnectionEvents` says where they go.
 */
import { type BinaryNode, decodeBinaryNode, encodeBinaryNode, type proto } from "@whiskeysockets/baileys"
import type { WebSocket } from "ws"
import type { NoiseIdentity } from "./noise-identity.ts"
import { NoiseResponder } from "./noise.ts"
import { InvalidRequest } from "../request-errors.ts"
import { element, SERVER, serverStanzaId } from "./stanza.ts"
import type { Counters } from "../state/counters.ts"
import type { Device, Receiver } from "../state/accounts.ts"

/** Where a connection reports. Calls come one at a time, in the order in which the client sent things. */
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
  /** How late the next stanza must be, in ms. */
  readonly latencyMs: (number: string | undefined) => number
}

/** Stanzas that latency, `mute` or `freeze` hold back before the socket is cut; they stay in the device's queue. */
const OUTGOING_MAX = 20_000
const GOODBYE_MS = 50
const ANSWER_MS = 10_000

/** One connection, from handshake to close. Everything it is given to send goes out in order. */
export class Connection implements Receiver {
  /** The device that logged in here. */
  device: Device | undefined
  /** Whether the server has said goodbye; from then on the socket counts for nothing. */
  ending = false
  /** Whose presence this client has asked for, by the jid it asked with. */
  readonly presenceSubscriptions = new Set<string>()
  readonly noise: NoiseResponder
  readonly #options: ConnectionOptions
  readonly #answers = new Map<string, (answer: BinaryNode | Error) => void>()
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

  /** Whether the client cannot know that the server has stopped reading. Such a socket is nobody's second login. */
  get frozen(): boolean {
    return this.#frozen
  }

  /** Sends a stanza, as late as latency has it, and not before what was sent earlier. */
  push(stanza: BinaryNode): void {
    if (this.ending) return
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

  /** Takes a stanza of its device's queue. */
  take(_sequence: number, stanza: BinaryNode): void {
    this.push(stanza)
  }

  /** Sends an iq to the client and waits for its answer. Fails when the client refuses, goes away or takes too long. */
  request(content: BinaryNode, attrs: Record<string, string> = {}): Promise<BinaryNode> {
    const id = serverStanzaId()
    return new Promise((resolve, reject) => {
      const timer = this.#after(ANSWER_MS, () => settle(new InvalidRequest("the client did not answer")))
      const settle = (answer: BinaryNode | Error): void => {
        this.#cancel(timer)
        this.#answers.delete(id)
        if (answer instanceof Error) reject(answer)
        else resolve(answer)
      }
      this.#answers.set(id, settle)
      this.push(element("iq", { from: SERVER, type: "set", id, ...attrs }, [content]))
    })
  }

  /** Sends a last stanza, then closes the socket. Whoever was silent speaks again: a goodbye must not be lost. */
  goodbye(stanza: BinaryNode): void {
    this.thaw()
    this.push(stanza)
    this.ending = true
    const due = this.#outgoing.at(-1)?.due ?? 0
    this.#after(Math.max(0, due - Date.now()) + GOODBYE_MS, () => this.#options.socket.close())
  }

  /** Closes the WebSocket politely. */
  close(): void {
    this.ending = true
    this.#options.socket.close()
  }

  /** Cuts the TCP connection. */
  terminate(): void {
    this.ending = true
    this.#options.socket.terminate()
  }

  /** The server goes on reading but says nothing more. */
  mute(): void {
    this.#held = true
  }

  /** The server neither reads nor writes; TCP stays up. */
  freeze(): void {
    this.#held = true
    this.#frozen = true
    this.#options.socket.pause()
  }

  /** Ends `mute` and `freeze`. What was held back goes out. */
  thaw(): void {
    this.#held = false
    if (this.#frozen) this.#options.socket.resume()
    this.#frozen = false
    this.#scheduleOutgoing()
  }

  /** Ends `mute` and `freeze` after a while. */
  thawAfter(ms: number): void {
    this.#after(ms, () => this.thaw())
  }

  async #readBytes(bytes: Buffer): Promise<void> {
    for (const output of this.noise.read(bytes)) {
      if (this.ending) return
      if (output.kind === "payload") await this.#options.events.onPayload(this, output.payload)
      else await this.#readStanza(await decodeBinaryNode(output.bytes))
    }
  }

  async #readStanza(stanza: BinaryNode): Promise<void> {
    if (this.ending) return
    this.#options.counters.stanzasIn++
    const answered = stanza.tag === "iq" ? this.#answers.get(stanza.attrs["id"] ?? "") : undefined
    if (answered === undefined) await this.#options.events.onStanza(this, stanza)
    else answered(stanza.attrs["type"] === "result" ? stanza : new InvalidRequest("the client refused"))
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
      log(`sandbox: a client does not read; its socket is cut with ${socket.bufferedAmount} bytes waiting`)
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
    if (this.ending) return
    this.#options.log(`sandbox: a connection failed: ${error instanceof Error ? error.message : String(error)}`)
    this.terminate()
  }

  #closed(): void {
    this.ending = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    for (const settle of this.#answers.values()) settle(new InvalidRequest("the client went away"))
    this.#options.events.onClose(this)
  }
}
