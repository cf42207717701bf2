/**
 * Receives before it confirms. Keeps DEV-4.
 *
 * Baileys tells a sender that his message arrived as soon as it is decrypted, and raises it to us afterwards: whoever dies in
 * between has confirmed a message that nobody kept. So the step that decrypts is wrapped: a message is handed over and
 * recorded while Baileys waits for the plaintext, and the receipt can only follow. The keys that the decryption used up are
 * stored after that, as both happen in one transaction of Baileys' key store: a message that was not recorded, because its
 * connection or the process ended, can be decrypted when WhatsApp delivers it again on the next connection.
 */
import { AsyncResource } from "node:async_hooks"
import {
  type BinaryNode,
  decodeMessageNode,
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
import { translateMessage } from "./translate.ts"

type MakeRepository = SocketConfig["makeSignalRepository"]

export interface DecryptionOptions {
  /** Resolves when the message is in the log; rejects when the connection is given up before. */
  readonly record: (message: Incoming) => Promise<void>
  /** Resolves when this part of the phone's history, announced under this message id, cannot be forgotten any more. */
  readonly keepPart: (messageId: string, part: proto.Message.IHistorySyncNotification) => Promise<void>
  /** Told of each message that could not be decrypted. Where its keys are used up (it came before), Baileys raises nothing. */
  readonly undecipherable: (messageId: string) => void
  /** The account's own jids, as the credentials have them at the moment. */
  readonly self: () => Self
}

/** What Signal encrypts. Of other kinds, such as a bot's `msmsg`, Baileys may raise nothing. */
const signalTypes = new Set(["msg", "pkmsg", "skmsg"])

/** Ids of handed-over messages that are remembered, so that the event which Baileys raises later is not taken for another. */
const REMEMBERED_MAX = 2_000

export class Decryption {
  readonly #options: DecryptionOptions
  readonly #record: DecryptionOptions["record"]
  /** Which stanza a ciphertext came in; the very object is handed to the repository. */
  readonly #stanzas = new WeakMap<Uint8Array, BinaryNode>()
  readonly #handed = new LRUCache<string, true>({ max: REMEMBERED_MAX })

  constructor(options: DecryptionOptions) {
    this.#options = options
    // Whoever records must not be taken for a part of Baileys' transaction, which it finds by the asynchronous context.
    this.#record = AsyncResource.bind(options.record)
  }

  /** To be told of every message stanza before Baileys works on it. Answers whether there is anything to decrypt. */
  note(stanza: BinaryNode): boolean {
    if (!Array.isArray(stanza.content)) return false
    for (const { content } of stanza.content) {
      if (content instanceof Uint8Array) this.#stanzas.set(content, stanza)
    }
    return stanza.content.some(({ tag, attrs }) => tag === "enc" && signalTypes.has(attrs.type ?? ""))
  }

  /** Whether the message that Baileys raises was handed over when it was decrypted. */
  hasHanded({ key }: WAMessage): boolean {
    return this.#handed.has(nameOf(key))
  }

  /** Baileys' repository of sessions, with a look at everything that it decrypts. */
  get makeRepository(): MakeRepository {
    return (auth, logger, toLid) => {
      const { repository, inTurn } = makeSessions(auth, logger, toLid)
      return {
        ...repository,
        decryptMessage: (options) =>
          inTurn(async () => {
            const plaintext = await this.#heeded(options.ciphertext, repository.decryptMessage(options))
            await this.#receive(options.ciphertext, plaintext)
            return plaintext
          }),
        decryptGroupMessage: (options) =>
          inTurn(async () => {
            const plaintext = await this.#heeded(options.msg, repository.decryptGroupMessage(options))
            await this.#receive(options.msg, plaintext)
            return plaintext
          })
      }
    }
  }

  /** What was decrypted; that it could not be is told, too. */
  async #heeded(ciphertext: Uint8Array, decrypted: Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      return await decrypted
    } catch (failure) {
      this.#options.undecipherable(this.#stanzas.get(ciphertext)?.attrs.id ?? "")
      throw failure
    }
  }

  async #receive(ciphertext: Uint8Array, plaintext: Uint8Array): Promise<void> {
    const stanza = this.#stanzas.get(ciphertext)
    if (!stanza) return
    const message = this.#read(stanza, plaintext)
    const part = announcedPart(message)
    if (part) await this.#options.keepPart(boundedName(message.key.id ?? ""), part)
    const incoming = translateMessage(message, this.#options.self(), stanza.attrs.offline !== undefined)
    if (!incoming) return
    await this.#record(incoming)
    this.#handed.set(nameOf(message.key), true)
  }

  /** What Baileys will make of it, without its side effects. */
  #read(stanza: BinaryNode, plaintext: Uint8Array): WAMessage {
    const { jid, lid } = this.#options.self()
    const { fullMessage } = decodeMessageNode(stanza, jid, lid)
    const decoded = proto.Message.decode(unpadRandomMax16(plaintext))
    return { ...fullMessage, message: decoded.deviceSentMessage?.message ?? decoded }
  }
}

/** Baileys normalises jids between the two sightings, but not ids and users. */
const nameOf = (key: WAMessage["key"]): string => {
  const author = (key.participant ?? key.remoteJid ?? "").split(/[:@]/)[0]
  return `${author}|${key.id}`
}
