/**
 * Reads what arrives, to the end: translates it, adds the other names of people, opens what is encrypted with the secret of an earlier
 * message, and looks up whether a member of a group may delete what another wrote.
 */
import { proto, type WAMessage } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { LRUCache } from "lru-cache"
import type { Sealed } from "../../../events/content.ts"
import type { Incoming, KnownMessages, Original, PastMessage, ReceivedMessage } from "../../whatsapp.ts"
import type { Identities } from "../names/identities.ts"
import { accountOf, type Self } from "../jid.ts"
import type { Administrators } from "./administrators.ts"
import { answerIn, emojiOf } from "./content/deeds.ts"
import { translateSaid } from "./content/said.ts"
import { unwrap } from "./content/unwrap.ts"
import { translatePast, votedFor } from "./past.ts"
import { open } from "./sealed.ts"
import { translateMessage } from "./translate.ts"

export interface ReadingOptions {
  /** The account's own jids, as the credentials have them now. */
  readonly self: () => Self
  readonly identities: Identities
  readonly administrators: Administrators
  readonly originals: KnownMessages["originals"]
}

/** Messages of this connection that may not be in the log yet. */
const RECENT_MAX = 2_000
const SAME_ID_MAX = 5

export class Reading {
  readonly #options: ReadingOptions
  /** By their ids, which senders choose. */
  readonly #recent = new LRUCache<string, readonly Original[]>({ max: RECENT_MAX })

  constructor(options: ReadingOptions) {
    this.#options = options
  }

  /** What the message says by itself; undefined when no person wrote it. To be given to `finish` in its turn. */
  begin(message: WAMessage, offline: boolean): Incoming | undefined {
    return this.#remembered(translateMessage(message, this.#options.self(), offline))
  }

  /** The same for a message of the history. */
  beginPast(message: WAMessage): Incoming | PastMessage | undefined {
    return this.#remembered(translatePast(message, this.#options.self()))
  }

  async finish<M extends Incoming | PastMessage>(begun: M): Promise<M> {
    return this.#finishNamed(await this.#options.identities.complete(begun))
  }

  /** The same for many messages; their names are looked up at once. */
  async finishAll<M extends Incoming | PastMessage>(begun: readonly M[]): Promise<readonly M[]> {
    const named = await this.#options.identities.completeAll(begun)
    return Promise.all(named.map((each) => this.#finishNamed(each)))
  }

  async #finishNamed<M extends Incoming | PastMessage>(named: M): Promise<M> {
    const opened = await this.#opened(named)
    if (opened) return this.#options.identities.complete(opened as M)
    const isRefused = named.type === "revoke" && named.byAdmin && !(await this.#mayDelete(named))
    return isRefused ? withoutRole(named) : named
  }

  #remembered<M extends Incoming | PastMessage | undefined>(incoming: M): M {
    if (incoming?.type === "message" && incoming.secret !== undefined) {
      const { id, sender, senderAlt, secret, content } = incoming
      const authors = [sender, senderAlt].filter((name) => name !== null)
      const original = { authors, secret, options: content.kind === "poll" ? content.options : [] }
      this.#recent.set(id, [original, ...(this.#recent.get(id) ?? [])].slice(0, SAME_ID_MAX))
    }
    return incoming
  }

  async #mayDelete(revoke: Extract<Incoming, { readonly type: "revoke" }>): Promise<boolean> {
    const { author, sender, senderAlt, fromMe, chat } = revoke
    // With both names known, the two may turn out to be one person.
    if (author === undefined || author.jid === sender || author.jid === senderAlt) return false
    return fromMe || this.#options.administrators.include(chat, [sender, senderAlt])
  }

  /** Undefined for what is not sealed, and for what cannot be opened: that stays as it is. */
  async #opened(incoming: Incoming | PastMessage): Promise<Incoming | undefined> {
    const { sealed, target } = sealedIn(incoming)
    if (!sealed || target === undefined) return undefined
    return (
      (await this.#openedBy(this.#recent.get(target) ?? [], incoming, sealed, target)) ??
      this.#openedBy(await Effect.runPromise(this.#options.originals(target)), incoming, sealed, target)
    )
  }

  async #openedBy(
    known: readonly Original[],
    incoming: Incoming,
    sealed: Sealed,
    target: string
  ): Promise<Incoming | undefined> {
    for (const original of known) {
      const plain = await this.#open(sealed, target, original, incoming)
      const opened = plain && unsealed(incoming, plain, original.options)
      if (opened) return opened
    }
    return undefined
  }

  async #open(sealed: Sealed, messageId: string, original: Original, by: Incoming): Promise<Buffer | undefined> {
    const { secret, authors } = original
    if (secret === undefined) return undefined
    const senders = await this.#namesOf([by.sender, by.senderAlt])
    return open(sealed, {
      messageId,
      secret,
      authors: authors.length > 0 ? await this.#namesOf(authors) : this.#ownNames(),
      senders: by.fromMe ? [...senders, ...this.#ownNames()] : senders
    })
  }

  async #namesOf(names: readonly (string | null)[]): Promise<readonly string[]> {
    const given = names.filter((name) => name !== null)
    const both = await Promise.all(given.map((name) => this.#options.identities.bothNames(name, null)))
    return both.flat().filter((name) => name !== null)
  }

  #ownNames(): readonly string[] {
    const { jid, lid } = this.#options.self()
    return [jid, lid].filter(Boolean).map(accountOf)
  }
}

/** A deletion by the author, or by a member who may not. */
const withoutRole = <M extends object>(revoke: M): M => {
  const { byAdmin: _claimed, ...rest } = revoke as M & { readonly byAdmin?: true }
  return rest as unknown as M
}

/** What is sealed in it, and the message whose secret opens it. */
const sealedIn = (
  incoming: Incoming | PastMessage
): { readonly sealed?: Sealed | undefined; readonly target?: string | undefined } => {
  switch (incoming.type) {
    case "vote":
    case "answer":
    case "reaction":
      return incoming
    case "edit":
      return {
        target: incoming.target,
        sealed: incoming.content.kind === "sealed" ? incoming.content.sealed : undefined
      }
    case "message": {
      const { content, context } = incoming
      return { target: context?.parent?.messageId, sealed: content.kind === "sealed" ? content.sealed : undefined }
    }
    case "revoke":
    case "pin":
    case "keep":
      return {}
  }
}

/** What was in it; undefined when that is not what its kind has. */
const unsealed = (incoming: Incoming, plain: Uint8Array, options: readonly string[]): Incoming | undefined => {
  try {
    switch (incoming.type) {
      case "vote": {
        const { sealed: _sealed, ...vote } = incoming
        return { ...vote, options: votedFor(proto.Message.PollVoteMessage.decode(plain), options) }
      }
      case "answer": {
        const { sealed: _sealed, ...answer } = incoming
        return { ...answer, ...answerIn(proto.Message.EventResponseMessage.decode(plain)) }
      }
      case "reaction": {
        const { sealed: _sealed, ...reaction } = incoming
        return { ...reaction, emoji: emojiOf(proto.Message.ReactionMessage.decode(plain)) }
      }
      case "edit":
      case "message":
        return unsealedMessage(incoming, proto.Message.decode(plain))
      case "revoke":
      case "pin":
      case "keep":
        return undefined
    }
  } catch {
    return undefined
  }
}

/** A sealed edit holds the same message as an open one, or the new content itself. */
const unsealedMessage = <M extends Extract<Incoming, { readonly content: unknown }>>(
  incoming: M,
  message: proto.IMessage
): M | undefined => {
  const inner = unwrap(message)
  const { editedMessage } = inner.message.protocolMessage ?? {}
  const said = translateSaid(editedMessage ? unwrap(editedMessage) : inner)
  if (!said) return undefined
  const context = { ...said.context, ...(incoming as ReceivedMessage).context }
  return { ...incoming, ...said, ...(Object.keys(context).length > 0 ? { context } : {}) }
}
