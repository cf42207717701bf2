/**
 * A bare Baileys client pointed at a sandbox network: what every test of the network talks through. It adds nothing to
 * Baileys but a record of what it raised and a loop over 515, so that tests read in terms of what a user would see.
 */
import tls from "node:tls"
import {
  type AuthenticationCreds,
  type AuthenticationState,
  type BinaryNode,
  initAuthCreds,
  makeWASocket,
  type proto,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type UserFacingSocketConfig,
  WA_CERT_DETAILS,
  type WAMessage,
  type WAMessageUpdate,
  type WASocket
} from "@whiskeysockets/baileys"
import pino from "pino"
import type { Network } from "../../../src/sandbox/network.ts"
import { silenceLibsignal } from "../../../src/sandbox/people/silence-libsignal.ts"

/** Anything that says where a network is: the network itself, or the line that network-main prints. */
export type Where = Pick<Network, "url" | "rootKey"> & { readonly ca?: string }

const FLUSH_MS = 100

/** How one socket has fared. */
interface Attempt {
  opened: boolean
  code: number | undefined
}

/** One client: a socket after the other on the same credentials. */
export class BareClient {
  readonly auth: AuthenticationState
  /** Messages with the type of the upsert they came in. */
  readonly messages: (WAMessage & { upsert: string })[] = []
  readonly updates: WAMessageUpdate[] = []
  /** Positive and negative acks of the server, by message id. */
  readonly acks = new Map<string, string | undefined>()
  /** Acks and receipts for messages of ours as they came over the wire, before Baileys merges them. */
  readonly #heard: { readonly id: string; readonly what: string; readonly by?: string | undefined }[] = []
  /** Notifications as they came. */
  readonly notifications: BinaryNode[] = []
  /** Codes with which sockets closed. */
  readonly closes: number[] = []
  opened = 0
  /** Called with each new socket, before it says anything. */
  onSocket: ((sock: WASocket) => void) | undefined
  qr: string | undefined
  #sock: WASocket | undefined
  #attempt: Attempt = { opened: false, code: undefined }
  readonly #where: Where
  readonly #config: Partial<UserFacingSocketConfig>

  constructor(where: Where, config: Partial<UserFacingSocketConfig> = {}, creds?: AuthenticationCreds) {
    trust(where)
    silenceLibsignal()
    this.#where = where
    this.#config = config
    this.auth = { creds: creds ?? initAuthCreds(), keys: memoryKeys() }
  }

  get sock(): WASocket {
    if (this.#sock === undefined) throw new Error("not connected")
    return this.#sock
  }

  /** The jid without device. */
  get jid(): string {
    return `${this.sock.user?.id.split(/[:@]/)[0]}@s.whatsapp.net`
  }

  /** Starts one socket. */
  connect(): WASocket {
    const sock = makeWASocket({
      auth: this.auth,
      waWebSocketUrl: this.#where.url,
      logger: pino({ level: process.env["BAILEYS_LOG"] ?? "silent" }),
      browser: ["Ubuntu", "Chrome", "22"],
      markOnlineOnConnect: true,
      ...this.#config
    })
    this.#sock = sock
    const attempt: Attempt = { opened: false, code: undefined }
    this.#attempt = attempt
    // rc14 can forget to flush its event buffer for up to 30 s: once a delayed flush has found nothing buffered, its
    // timer counts as pending for ever, and a lone buffered function starts no other (event-buffer.js).
    const flushing = setInterval(() => sock.ev.flush(), FLUSH_MS)
    this.onSocket?.(sock)
    sock.ev.on("creds.update", (update) => Object.assign(this.auth.creds, update))
    sock.ev.on("messages.upsert", ({ messages, type }) => {
      for (const message of messages) this.messages.push(Object.assign(message, { upsert: type }))
    })
    sock.ev.on("messages.update", (updates) => this.updates.push(...updates))
    sock.ws.on("CB:ack,class:message", ({ attrs: { id = "", error } }: BinaryNode) => {
      this.acks.set(id, error)
      this.#heard.push({ id, what: error === undefined ? "ack" : `ack ${error}` })
    })
    sock.ws.on("CB:receipt", ({ attrs: { id = "", type = "delivery", from, participant } }: BinaryNode) => {
      this.#heard.push({ id, what: type, by: participant ?? from })
    })
    sock.ws.on("CB:notification", (node: BinaryNode) => this.notifications.push(node))
    sock.ev.on("connection.update", ({ connection, qr, lastDisconnect }) => {
      if (qr !== undefined) this.qr = qr
      if (connection === "open") {
        this.opened++
        attempt.opened = true
      }
      if (connection === "close") {
        const error = lastDisconnect?.error as { output?: { statusCode?: number } } | undefined
        clearInterval(flushing)
        attempt.code = error?.output?.statusCode ?? 0
        this.closes.push(attempt.code)
      }
    })
    return sock
  }

  /** Connects and waits for open; on 515 connects again. Fails with the code of any other close. */
  async open(): Promise<this> {
    for (;;) {
      this.connect()
      const attempt = this.#attempt
      await until(() => attempt.opened || attempt.code !== undefined, "open")
      if (attempt.opened) return this
      if (attempt.code !== 515) throw new Error(`closed with ${attempt.code}`)
    }
  }

  /** Connects, hands the first QR to `scan`, and waits for open. */
  async pair(scan: (qr: string) => unknown): Promise<this> {
    this.connect()
    await until(() => this.qr, "qr")
    const attempt = this.#attempt
    await scan(this.qr ?? "")
    await until(() => attempt.code !== undefined, "close after pairing")
    if (attempt.code !== 515) throw new Error(`pairing ended with ${attempt.code}`)
    return this.open()
  }

  /** Ends the socket. */
  async close(): Promise<void> {
    await this.#sock?.end(undefined)
  }

  /** The first message with this text that somebody else sent. */
  received(text: string): (WAMessage & { upsert: string }) | undefined {
    return this.messages.find((message) => textOf(message) === text && message.key.fromMe !== true)
  }

  /** The last status of a message of ours: 0 error, 1 pending, 2 server, 3 delivered, 4 read, 5 played. */
  status(id: string | null | undefined): number | undefined {
    return this.statuses(id).at(-1)
  }

  /** Messages from others that say something. */
  get incoming(): WAMessage[] {
    return this.messages.filter(({ key, message }) => key.fromMe !== true && message)
  }

  /** The ack and the types of the receipts for a message of ours, in the order in which they came over the wire; all, or those of one person. */
  heard(id: string | null | undefined, by?: string): string[] {
    return this.#heard
      .filter((heard) => heard.id === id && (by === undefined || heard.by === by))
      .map(({ what }) => what)
  }

  /** Waits until the first synchronisation is over, during which Baileys holds back events. */
  async settled(): Promise<this> {
    await until(() => this.auth.creds.accountSyncCounter > 0, "the first sync")
    return this
  }

  /**
   * Every status that a message of ours has been through, in order. What Baileys learned before it raised the message
   * itself stands in the message.
   */
  statuses(id: string | null | undefined): number[] {
    const own = this.messages.filter(({ key }) => key.id === id).map(({ status }) => status)
    const later = this.updates.flatMap(({ key, update }) => (key.id === id ? [update.status] : []))
    return [...own, ...later].filter((status) => status !== null && status !== undefined)
  }
}

/** The text of a message, if it has one. */
export function textOf({ message }: { message?: proto.IMessage | null | undefined }): string | undefined {
  return message?.conversation || message?.extendedTextMessage?.text || undefined
}

/** Waits until a condition holds; fails after `ms`. */
export async function until(condition: () => unknown, what: string, ms = 10_000): Promise<void> {
  const start = Date.now()
  while (!(await condition())) {
    if (Date.now() - start > ms) throw new Error(`timed out waiting for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Makes this process trust a network: its Noise root, and its media authority. */
export function trust({ rootKey, ca }: Where): void {
  const details = WA_CERT_DETAILS as { PUBLIC_KEY: Buffer }
  details.PUBLIC_KEY = Buffer.from(rootKey, "hex")
  if (ca !== undefined) tls.setDefaultCACertificates([...tls.getCACertificates("default"), ca])
}

function memoryKeys(): SignalKeyStore {
  const values = new Map<string, unknown>()
  return {
    get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
      const found: Record<string, SignalDataTypeMap[T]> = {}
      for (const id of ids) {
        const value = values.get(`${type}.${id}`)
        if (value !== undefined) found[id] = value as SignalDataTypeMap[T]
      }
      return found
    },
    set: (data: SignalDataSet) => {
      for (const [type, items] of Object.entries(data)) {
        for (const [id, value] of Object.entries(items ?? {})) {
          if (value === null || value === undefined) values.delete(`${type}.${id}`)
          else values.set(`${type}.${id}`, value)
        }
      }
    }
  }
}
