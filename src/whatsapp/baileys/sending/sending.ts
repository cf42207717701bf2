/** Sends messages, and gives Baileys what was sent when a contact's device asks for it again. */
import {
  areJidsSameUser,
  type BinaryNode,
  type MessageRelayOptions,
  type proto,
  type WAMessageKey,
  type WASocket
} from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { STATUS } from "../../jid.ts"
import { type KnownMessages, NotConnected, type OutgoingMessage, type SendFailed } from "../../whatsapp.ts"
import { accountOf, selfOf } from "../jid.ts"
import type { Identities } from "../names/identities.ts"
import type { Readiness } from "../readiness.ts"
import { buildMessage, sendFailed } from "./build-message.ts"
import type { Prepare } from "./prepare.ts"
import { needsOwnResend, resendTo } from "./resend.ts"

export interface SendingOptions {
  readonly socket: WASocket
  readonly readiness: Readiness
  readonly identities: Pick<Identities, "lidKnownOf">
  readonly mediaDirectory: string
  readonly known: KnownMessages
  readonly prepare: Prepare
  readonly warn: (text: string) => void
}

export class Sending {
  readonly #options: SendingOptions

  constructor(options: SendingOptions) {
    this.#options = options
  }

  /** Resolves when Baileys has written the message to the socket. WhatsApp's ack comes as a signal (acks.ts). */
  send(message: OutgoingMessage): Effect.Effect<void, NotConnected | SendFailed> {
    const { socket, readiness, prepare } = this.#options
    const relayed = Effect.tryPromise({
      try: async () => {
        const to = await this.#address(message)
        const built = await this.#build(message, to)
        await prepare(to)
        await socket.relayMessage(to, built, await this.#relayOptions(message))
      },
      catch: (failure) => (readiness.isOpen ? sendFailed(failure) : new NotConnected())
    })
    return readiness.onceOpened(relayed)
  }

  /**
   * What was sent under this id, built again for a device that could not decrypt it. Undefined when Baileys is to send nothing: the
   * message is not known, or resend.ts sends it.
   */
  async sentMessage({ id, remoteJid, participant }: WAMessageKey): Promise<proto.IMessage | undefined> {
    const { socket, known, warn } = this.#options
    const messageId = id ?? ""
    const chat = remoteJid ?? ""
    const message = await Effect.runPromise(known.sentMessage(messageId))
    // Baileys also asks for a message that another names; it goes again only where it was sent to.
    if (!message || !(await this.#isChatOf(message, chat))) return undefined
    const built = await this.#build(message, await this.#address(message))
    if (!participant || !needsOwnResend(chat, participant)) return built
    const copyOf = this.#isOwnDevice(participant) ? chat : undefined
    if (copyOf === undefined && !(await this.#isChatOf(message, participant))) return undefined
    resendTo(socket, participant, messageId, built, copyOf).catch((failure: unknown) =>
      warn(`a message could not be sent again: ${String(failure)}`)
    )
    return undefined
  }

  async #isChatOf(message: OutgoingMessage, jid: string): Promise<boolean> {
    const names = [message.chat, message.chatAlt, await this.#address(message)]
    return names.some((known) => areJidsSameUser(known ?? undefined, jid))
  }

  #isOwnDevice(jid: string): boolean {
    const self = selfOf(this.#options.socket)
    return areJidsSameUser(jid, self.jid) || areJidsSameUser(jid, self.lid)
  }

  /** The LID as it is known now: it may have changed since the message was accepted. */
  async #address({ chat, chatAlt }: OutgoingMessage): Promise<string> {
    return (await this.#options.identities.lidKnownOf(chat)) ?? chatAlt ?? chat
  }

  #build(message: OutgoingMessage, to: string): Promise<proto.IMessage> {
    const { socket, mediaDirectory, identities, known } = this.#options
    return buildMessage(message, to, {
      mediaDirectory,
      upload: socket.waUploadToServer,
      lidKnownOf: (jid) => identities.lidKnownOf(jid),
      originals: known.originals
    })
  }

  async #relayOptions({ messageId, chat, content, audience }: OutgoingMessage): Promise<MessageRelayOptions> {
    return {
      messageId,
      ...(content.kind === "poll" ? { additionalNodes: [POLL] } : {}),
      ...(chat === STATUS ? { statusJidList: await this.#audience(audience ?? []) } : {})
    }
  }

  /** Whom a status is encrypted for: the account's own devices as well. */
  async #audience(audience: readonly string[]): Promise<string[]> {
    const { socket, identities } = this.#options
    const given = [...audience, accountOf(selfOf(socket).jid)]
    return Promise.all(given.map(async (jid) => (await identities.lidKnownOf(jid)) ?? jid))
  }
}

const POLL: BinaryNode = { tag: "meta", attrs: { polltype: "creation" } }
