/**
 * What the server tells clients that wait to be paired, and whether they acknowledge it. WhatsApp expects an `<ack class=notification>`
 * for each notification, before the login as well, and an answer to each ping.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Connection } from "../wire/connection.ts"
import { element, SERVER, serverStanzaId, unixSeconds } from "../wire/stanza.ts"

/** One notification, or one ping. */
export interface Notice {
  /** The notification's type, or `ping`. */
  readonly type: string
  readonly id: string
  /** What the notification holds: the tag of its first child; undefined when it is empty. */
  readonly child: string | undefined
  isAcknowledged: boolean
}

const KEPT_MAX = 1000

/** The last thousand notices. */
export class Notices {
  readonly #notices: Notice[] = []
  readonly #open = new WeakMap<Connection, Map<string, Notice>>()

  get all(): readonly Notice[] {
    return this.#notices
  }

  /** Sends a notification of this type to a client. */
  push(connection: Connection, type: string, content?: BinaryNode[]): void {
    const id = serverStanzaId()
    this.#keep(connection, { type, id, child: content?.[0]?.tag, isAcknowledged: false })
    connection.push(element("notification", { from: SERVER, type, id, t: unixSeconds() }, content))
  }

  /** Pings a client. Its answer, like an ack, is recorded. */
  ping(connection: Connection): void {
    const id = serverStanzaId()
    this.#keep(connection, { type: "ping", id, child: undefined, isAcknowledged: false })
    connection.push(element("iq", { from: SERVER, type: "get", xmlns: "urn:xmpp:ping", id, t: unixSeconds() }))
  }

  /** Takes what a client sends as an answer to a notice. An ack counts only for what it names: class, type and id. */
  hear(connection: Connection, { tag, attrs }: BinaryNode): void {
    const notice = this.#open.get(connection)?.get(attrs["id"] ?? "")
    if (notice === undefined) return
    const answersPing = notice.type === "ping" && tag === "iq" && attrs["type"] === "result"
    const isAck = tag === "ack" && attrs["class"] === "notification" && attrs["type"] === notice.type
    if (answersPing || isAck) notice.isAcknowledged = true
  }

  #keep(connection: Connection, notice: Notice): void {
    const open = this.#open.get(connection) ?? new Map<string, Notice>()
    this.#open.set(connection, open.set(notice.id, notice))
    this.#notices.push(notice)
    if (this.#notices.length > KEPT_MAX) this.#notices.shift()
  }
}
