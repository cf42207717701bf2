/** Sends messages, and gives Baileys what was sent when a contact's device asks for it again. */
import { areJidsSameUser, type proto, type WAMessageKey, type WASocket } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { type KnownMessages, NotConnected, type OutgoingMessage, type SendFailed } from "../../whatsapp.ts"
import { selfOf } from "../jid.ts"
import type { Identities } from "../names/identities.ts"
import type { Readiness } from "../readiness.ts"
import { buildMessage, sendFailed } from "./build-message.ts"
import { type Prepare, preparing } from "./prepare.ts"
import { needsOwnResend, resendTo } from "./resend.ts"

export interface SendingOptions {
  readonly socket: WASocket
  readonly readiness: Readiness
  readonly identities: Pick<Identities, "lidKnownOf">
  readonly mediaDirectory: string
  readonly sentMessage: KnownMessages["sentMessage"]
  readonly warn: (text: string) => void
}

export class Sending {
  readonly #options: SendingOptions
  readonly #prepare: Prepare

  constructor(options: SendingOptions) {
    this.#options = options
    this.#prepare = preparing(options.socket)
  }

  /** Resolves when Baileys has written the message to the socket. WhatsApp's ack comes as a signal (acks.ts). */
  send(message: OutgoingMessage): Effect.Effect<void, NotConnected | SendFailed> {
    const { socket, readiness } = this.#options
    const { messageId } = message
    const relayed = Effect.tryPromise({
      try: async () => {
        const built = await this.#build(message)
        const to = await this.#address(message)
        await this.#prepare(to)
        await socket.relayMessage(to, built, { messageId })
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
    const { socket, sentMessage, warn } = this.#options
    const messageId = id ?? ""
    const chat = remoteJid ?? ""
    const message = await Effect.runPromise(sentMessage(messageId))
    // Baileys also asks for a message that another names; it goes again only where it was sent to.
    if (!message || !(await this.#isChatOf(message, chat))) return undefined
    const built = await this.#build(message)
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

  #build(message: OutgoingMessage): Promise<proto.IMessage> {
    const { socket, mediaDirectory } = this.#options
    return buildMessage(message, { mediaDirectory, upload: socket.waUploadToServer })
  }
}
