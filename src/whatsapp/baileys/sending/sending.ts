/** Sends messages, and gives Baileys what was sent when a contact's device asks for it again. */
import type { proto, WAMessageKey, WASocket } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import type { OutgoingContent } from "../../../events/message.ts"
import { NotConnected, type OpenRequest, type OutgoingMessage, type SendFailed } from "../../whatsapp.ts"
import type { Readiness } from "../readiness.ts"
import { buildMessage, sendFailed } from "./build-message.ts"
import { needsOwnResend, resendTo } from "./resend.ts"

export interface SendingOptions {
  readonly socket: WASocket
  readonly readiness: Readiness
  readonly mediaDirectory: string
  readonly sentContent: OpenRequest["sentContent"]
  readonly warn: (text: string) => void
}

export class Sending {
  readonly #options: SendingOptions

  constructor(options: SendingOptions) {
    this.#options = options
  }

  /** Resolves when Baileys has written the message to the socket. WhatsApp's ack comes as a signal (acks.ts). */
  send({ messageId, chat, chatAlt, content }: OutgoingMessage): Effect.Effect<void, NotConnected | SendFailed> {
    const { socket, readiness } = this.#options
    const relayed = Effect.tryPromise({
      try: async () => {
        const built = await this.#build(chat, content)
        await socket.relayMessage(chatAlt ?? chat, built, { messageId })
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
    const { socket, sentContent, warn } = this.#options
    const messageId = id ?? ""
    const chat = remoteJid ?? ""
    const content = await Effect.runPromise(sentContent(messageId))
    if (!content) return undefined
    const built = await this.#build(chat, content)
    if (!participant || !needsOwnResend(chat, participant)) return built
    resendTo(socket, participant, messageId, built).catch((failure: unknown) =>
      warn(`a message could not be sent again: ${String(failure)}`)
    )
    return undefined
  }

  #build(chat: string, content: OutgoingContent): Promise<proto.IMessage> {
    const { socket, mediaDirectory } = this.#options
    return buildMessage(content, { chat, mediaDirectory, upload: socket.waUploadToServer })
  }
}
