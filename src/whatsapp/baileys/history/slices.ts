/** A part of the history in slices that can be recorded one after another. Pure. */
import type { proto, WAMessage } from "@whiskeysockets/baileys"
import type { RosterChange } from "../../roster.ts"
import type { Incoming, PastMessage } from "../../whatsapp.ts"
import { piecesOf } from "./read-part.ts"
import { businessIn, changesOfChat, contactsIn } from "./translate-history.ts"

export interface Slice {
  readonly changes: readonly RosterChange[]
  /** Those of one chat together, the oldest first. */
  readonly messages: readonly PastMessage[]
  /** What was done to messages and stands by itself, such as an edit or a pin; the oldest first. */
  readonly deeds: readonly Incoming[]
  readonly chats: readonly proto.IConversation[]
  /** Of each chat: seconds, when others wrote last. */
  readonly lastReceived: ReadonlyMap<string, number>
  /** Percent; null when unknown. */
  readonly progress: number | null
}

/** What a message of the history says; undefined when no person wrote it. */
export type ReadPast = (message: WAMessage) => Incoming | PastMessage | undefined

/** Changes in a slice, and messages in it: a multiple of what the actor records at once. */
const SLICE = 400

/**
 * The last one may be empty. Throws where the bytes are no part of a history. `isAnswer`: the gateway asked for older messages of a chat.
 * The phone then does not say how the chat is: what is absent would read as that it is neither archived, pinned nor unread.
 */
export function* slicesOf(bytes: Uint8Array, read: ReadPast, isAnswer = false): Generator<Slice> {
  let progress: number | null = null
  let slice = new Collected()
  for (const piece of piecesOf(bytes)) {
    switch (piece.type) {
      case "account":
        progress = percentOf(piece.sync.progress)
        slice.changes.push(...contactsIn(piece.sync))
        break
      case "chat":
        slice.chats.push(piece.chat)
        slice.changes.push(...changesOfChat(piece.chat).filter(({ type }) => !isAnswer || type !== "chat"))
        break
      case "message":
        slice.add(piece.message, piece.chat, read)
    }
    while (slice.isFull) {
      const [full, rest] = slice.split()
      yield { ...full, progress }
      slice = rest
    }
  }
  yield { ...slice.finished, progress }
}

class Collected {
  readonly changes: RosterChange[]
  readonly chats: proto.IConversation[] = []
  readonly #messages: PastMessage[] = []
  readonly #deeds: Incoming[] = []
  readonly #lastReceived = new Map<string, number>()

  constructor(changes: RosterChange[] = []) {
    this.changes = changes
  }

  get isFull(): boolean {
    return this.changes.length >= SLICE || this.#messages.length + this.#deeds.length >= SLICE
  }

  add(message: proto.IWebMessageInfo, chat: proto.IConversation, read: ReadPast): void {
    this.changes.push(...businessIn(message))
    const key = { ...message.key, remoteJid: message.key?.remoteJid || chat.id }
    const incoming = read({ ...message, key } as WAMessage)
    if (incoming === undefined) return
    if (incoming.type !== "message") {
      this.#deeds.push(incoming)
      return
    }
    this.#messages.push(incoming)
    if (incoming.fromMe || !chat.id) return
    this.#lastReceived.set(chat.id, Math.max(this.#lastReceived.get(chat.id) ?? 0, incoming.sentAt / 1_000))
  }

  /** The first so many changes with all messages, and a new collection of the changes that are left. */
  split(): readonly [Omit<Slice, "progress">, Collected] {
    const rest = new Collected(this.changes.splice(SLICE))
    return [this.finished, rest]
  }

  get finished(): Omit<Slice, "progress"> {
    const byChat = [...Map.groupBy(this.#messages, ({ chat }) => chat).values()]
    const messages = byChat.flatMap((of) => of.toSorted((one, other) => one.sentAt - other.sentAt))
    const deeds = this.#deeds.toSorted((one, other) => one.sentAt - other.sentAt)
    return { changes: this.changes, chats: this.chats, messages, deeds, lastReceived: this.#lastReceived }
  }
}

const percentOf = (progress: unknown): number | null =>
  typeof progress === "number" ? Math.min(100, Math.max(0, Math.round(progress))) : null
