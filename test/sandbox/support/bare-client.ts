/**
 * A bare Baileys client on a sandbox network, which every test of the network uses. It adds only a record of what Baileys
 * raised, and a new connection after 515.
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

/** The address of a network: the network itself, or the line that network-main prints. */
export type Where = Pick<Network, "url" | "rootKey"> & { readonly ca?: string }

const FLUSH_MS = 100

/** What has happened to one socket. */
interface Attempt {
  opened: boolean
  code: number | undefined
}

/** One client. Its sockets follow each other and use the same credentials. */
export class BareClient {
  readonly auth: AuthenticationState
  /** The messages that Baileys raised, with the type of their upsert. */
  readonly messages: (WAMessage & { upsert: string })[] = []
  readonly updates: WAMessageUpdate[] = []
  /** The error of each ack of the server (undefined for a positive one), by message id. */
  readonly acks = new Map<string, string | undefined>()
  /** Acks and receipts for the client's messages as they came over the wire, before Baileys merges them. */
  readonly #heard: { readonly id: string; readonly what: string; readonly by?: string | undefined }[] = []
  /** The notifications as they came over the wire. */
  readonly notifications: BinaryNode[] = []
  /** The codes with which sockets closed. */
  readonly closes: number[] = []
  opened = 0
  /** Called with each new socket, before it sends anything. */
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
      browser: ["Linux", "Chrome", "22"],
      markOnlineOnConnect: true,
      ...this.#config
    })
    this.#sock = sock
    const attempt: Attempt = { opened: false, code: undefined }
    this.#attempt = attempt
    // rc14 may hold events back for up to 30 s: after a delayed flush has found an empty buffer, its timer counts as
    // pending and is never replaced, and a single buffered function starts no other timer (event-buffer.js).
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

  /** Connects and waits until Baileys raises open. After 515 it connects again. Fails with the code of any other close. */
  async open(): Promise<this> {
    for (;;) {
      this.connect()
      const attempt = this.#attempt
      await until(() => attempt.opened || attempt.code !== undefined, "open")
      if (attempt.opened) return this
      if (attempt.code !== 515) throw new Error(`closed with ${attempt.code}`)
    }
  }

  /** Connects, passes the first QR to `scan`, and waits until Baileys raises open. */
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

  /** The first message with this text from another account. */
  received(text: string): (WAMessage & { upsert: string }) | undefined {
    return this.messages.find((message) => textOf(message) === text && message.key.fromMe !== true)
  }

  /** The last status of a message of the client: 0 error, 1 pending, 2 server, 3 delivered, 4 read, 5 played. */
  status(id: string | null | undefined): number | undefined {
    return this.statuses(id).at(-1)
  }

  /** The messages from other accounts that have content. */
  get incoming(): WAMessage[] {
    return this.messages.filter(({ key, message }) => key.fromMe !== true && message)
  }

  /**
   * The ack of a message of the client and the types of its receipts, in the order in which they came over the wire: all
   * of them, or those of one jid.
   */
  heard(id: string | null | undefined, by?: string): string[] {
    return this.#heard
      .filter((heard) => heard.id === id && (by === undefined || heard.by === by))
      .map(({ what }) => what)
  }

  /** Waits for the end of the first sync. Baileys holds back events until then. */
  async settled(): Promise<this> {
    await until(() => this.auth.creds.accountSyncCounter > 0, "the first sync")
    return this
  }

  /**
   * Every status of a message of the client, in order. Baileys puts a status that it learned before it raised the message
   * into the message itself.
   */
  statuses(id: string | null | undefined): number[] {
    const own = this.messages.filter(({ key }) => key.id === id).map(({ status }) => status)
    const later = this.updates.flatMap(({ key, update }) => (key.id === id ? [update.status] : []))
    return [...own, ...later].filter((status) => status !== null && status !== undefined)
  }
}

/** The text of a message; undefined when it has none. */
export function textOf({ message }: { message?: proto.IMessage | null | undefined }): string | undefined {
  return message?.conversation || message?.extendedTextMessage?.text || undefined
}

/** Waits until a condition holds. Fails after `ms`. */
export async function until(condition: () => unknown, what: string, ms = 10_000): Promise<void> {
  const start = Date.now()
  while (!(await condition())) {
    if (Date.now() - start > ms) throw new Error(`timed out waiting for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Makes this process trust the Noise root and the media authority of a network. */
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
