/**
 * Messages that Baileys raises without a decryption: those that came unencrypted, and those that the phone sends again. And those that
 * Baileys could not decrypt.
 */
import { proto, type WAMessage, type WASocket } from "@whiskeysockets/baileys"
import type { SignalQueue } from "../signal-queue.ts"
import type { Watchdog } from "../socket/watchdog.ts"
import type { Decryption } from "./decryption.ts"
import type { Placeholders } from "./placeholders.ts"
import type { Reading } from "./reading.ts"

export interface RaisedMessagesOptions {
  readonly socket: WASocket
  readonly signals: SignalQueue
  readonly reading: Reading
  readonly decryption: Decryption
  readonly placeholders: Placeholders
  readonly watchdog: Watchdog
}

export const hearRaisedMessages = (options: RaisedMessagesOptions): void => {
  const { socket, signals, reading, decryption, placeholders, watchdog } = options
  socket.ev.on("messages.upsert", ({ messages, type }) => {
    const offline = type === "append"
    for (const { key } of messages) watchdog.understood(key.id ?? "")
    for (const message of messages.filter(isUndecrypted)) void placeholders.wait(message, "unreadable", offline)
    const begun = messages.flatMap((message) =>
      decryption.hasHanded(message) ? [] : (reading.begin(message, offline) ?? [])
    )
    if (begun.length === 0) return
    signals.emitLater(async () => ({
      type: "received",
      messages: await reading.finishAll(begun),
      recorded: () => placeholders.came(begun.map(({ id }) => id))
    }))
  })
}

/** Baileys has asked its sender to send it again. */
const isUndecrypted = ({ messageStubType, message, category }: WAMessage): boolean =>
  messageStubType === proto.WebMessageInfo.StubType.CIPHERTEXT && !message && category !== "peer"
