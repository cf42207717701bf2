/**
 * Records a message before it is confirmed to its sender. Keeps DEV-4.
 *
 * Baileys sends the receipt as soon as a message is decrypted, and raises the message afterwards. If the process ends in between, a
 * message is confirmed and lost. So the decrypting step is wrapped: the message is recorded while Baileys waits for the plaintext, and
 * Baileys can send the receipt only after that. Decryption and recording share a transaction of Baileys' key store, so the used-up keys
 * are stored last. If the connection or the process ends before the message is recorded, the keys are still there, and the message can
 * be decrypted when WhatsApp delivers it again.
 */
import { AsyncResource } from "node:async_hooks"
import {
  type BinaryNode,
  decodeMessageNode,
  isJidStatusBroadcast,
  NO_MESSAGE_FOUND_ERROR_TEXT,
  proto,
  type SocketConfig,
  unpadRandomMax16,
  type WAMessage
} from "@whiskeysockets/baileys"
import { LRUCache } from "lru-cache"
import type { Incoming } from "../../whatsapp.ts"
import { makeSessions } from "../encryption/sessions.ts"
import { announcedPart } from "../history/announcement.ts"
import { boundedName, type Self } from "../jid.ts"
import { hasCiphertext } from "./empty-messages.ts"

type MakeRepository = SocketConfig["makeSignalRepository"]

export interface DecryptionOptions {
  /** What a message says; undefined when no person wrote it. */
  readonly begin: (message: WAMessage, offline: boolean) => Incoming | undefined
  /** Resolves when the message is in the log; rejects when the connection ends before that. */
  readonly record: (message: Incoming) => Promise<void>
  /** Resolves when the announcement of this part of the phone's history is stored under this message id. */
  readonly keepPart: (messageId: string, part: proto.Message.IHistorySyncNotification) => Promise<void>
  /** Called for each message that could not be decrypted. Baileys raises nothing for a message whose keys are used up (it came before). */
  readonly undecipherable: (messageId: string) => void
  /** Resolves when a message that cannot be decrypted is kept until its content comes. */
  readonly unreadable: (message: WAMessage, offline: boolean) => Promise<void>
  /** The account's own jids, as the credentials have them now. */
  readonly self: () => Self
}

/** How many handed-over messages are remembered, to recognise the event that Baileys raises for each of them later. */
const REMEMBERED_MAX = 2_000

export class Decryption {
  readonly #options: DecryptionOptions
  readonly #record: DecryptionOptions["record"]
  /** The stanza that a ciphertext came in. Baileys gives the repository the same object, so the object is the key. */
  readonly #stanzas = new WeakMap<Uint8Array, BinaryNode>()
  readonly #handed = new LRUCache<string, true>({ max: REMEMBERED_MAX })

  constructor(options: DecryptionOptions) {
    this.#options = options
    // Baileys finds its transaction by the asynchronous context. Recording must not run in that context, or it becomes a part of it.
    this.#record = AsyncResource.bind(options.record)
  }

  /** To be called with each message stanza before Baileys works on it. Answers whether Baileys has to decrypt anything. */
  note(stanza: BinaryNode): boolean {
    if (!Array.isArray(stanza.content)) return false
    for (const { content } of stanza.content) {
      if (content instanceof Uint8Array) this.#stanzas.set(content, stanza)
    }
    return hasCiphertext(stanza)
  }

  /** Whether a message that Baileys raises was handed over when it was decrypted. */
  hasHanded({ key }: WAMessage): boolean {
    return this.#handed.has(nameOf(key))
  }

  /** Baileys' repository of sessions; each message that it decrypts is handed over before it returns. */
  get makeRepository(): MakeRepository {
    return (auth, logger, toLid) => {
      const { repository, inTurn } = makeSessions(auth, logger, toLid)
      return {
        ...repository,
        decryptMessage: (options) =>
          this.#known(options.ciphertext, () =>
            inTurn(async () => {
              const plaintext = await this.#decrypted(options.ciphertext, repository.decryptMessage(options))
              await this.#receive(options.ciphertext, plaintext)
              return plaintext
            })
          ),
        decryptGroupMessage: (options) =>
          this.#known(options.msg, () =>
            inTurn(async () => {
              const plaintext = await this.#decrypted(options.msg, repository.decryptGroupMessage(options))
              await this.#receive(options.msg, plaintext)
              return plaintext
            })
          )
      }
    }
  }

  /** A status that cannot be decrypted is asked for elsewhere, and Baileys is told that it came without content. */
  async #known(ciphertext: Uint8Array, work: () => Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      return await work()
    } catch (failure) {
      const stanza = this.#stanzas.get(ciphertext)
      if (!(failure instanceof Undecipherable)) throw failure
      if (stanza === undefined || !isJidStatusBroadcast(stanza.attrs.from ?? "")) throw failure.cause
      await this.#options.unreadable(this.#envelope(stanza), stanza.attrs.offline !== undefined)
      throw withoutContent(stanza)
    }
  }

  /** The plaintext; reports a failure before it passes it on. */
  async #decrypted(ciphertext: Uint8Array, decrypted: Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      return await decrypted
    } catch (failure) {
      this.#options.undecipherable(this.#stanzas.get(ciphertext)?.attrs.id ?? "")
      throw new Undecipherable({ cause: failure })
    }
  }

  async #receive(ciphertext: Uint8Array, plaintext: Uint8Array): Promise<void> {
    const stanza = this.#stanzas.get(ciphertext)
    if (!stanza) return
    const message = this.#read(stanza, plaintext)
    const part = announcedPart(message)
    if (part) await this.#options.keepPart(boundedName(message.key.id ?? ""), part)
    const incoming = this.#options.begin(message, stanza.attrs.offline !== undefined)
    if (!incoming) return
    await this.#record(incoming)
    this.#handed.set(nameOf(message.key), true)
  }

  /** The message as it came: Baileys will raise a copy of an own message without its wrapper. */
  #read(stanza: BinaryNode, plaintext: Uint8Array): WAMessage {
    return { ...this.#envelope(stanza), message: proto.Message.decode(unpadRandomMax16(plaintext)) }
  }

  #envelope(stanza: BinaryNode): WAMessage {
    const { jid, lid } = this.#options.self()
    return decodeMessageNode(stanza, jid, lid).fullMessage
  }
}

/** libsignal could not decrypt it; `cause` is its failure. */
class Undecipherable extends Error {
  constructor({ cause }: { readonly cause: unknown }) {
    super("it cannot be decrypted", { cause })
  }
}

/**
 * Baileys refuses what it cannot decrypt. WhatsApp delivers a refused status again first, and nothing that waits behind it (Baileys
 * PR#2779). A message of this kind without content Baileys confirms.
 */
const withoutContent = (stanza: BinaryNode): Error => {
  const unavailable: BinaryNode = { tag: "unavailable", attrs: { type: "view_once_unavailable_fanout" } }
  stanza.content = [...(stanza.content as BinaryNode[]), unavailable]
  return new Error(NO_MESSAGE_FOUND_ERROR_TEXT)
}

/** Baileys normalises the jid before it raises a message; the id and the user in the jid stay the same. */
const nameOf = (key: WAMessage["key"]): string => {
  const author = (key.participant || key.remoteJid || "").split(/[:@]/)[0]
  return `${author}|${key.id}`
}
