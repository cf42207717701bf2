/** Messages that Baileys raises without a decryption: those that came unencrypted, and those that the phone sends again. */
import type { WASocket } from "@whiskeysockets/baileys"
import type { Identities } from "../names/identities.ts"
import { selfOf } from "../jid.ts"
import type { SignalQueue } from "../signal-queue.ts"
import type { Watchdog } from "../socket/watchdog.ts"
import type { Decryption } from "./decryption.ts"
import { translateMessage } from "./translate.ts"

export interface RaisedMessagesOptions {
  readonly socket: WASocket
  readonly signals: SignalQueue
  readonly identities: Identities
  readonly decryption: Decryption
  readonly watchdog: Watchdog
}

export const hearRaisedMessages = ({
  socket,
  signals,
  identities,
  decryption,
  watchdog
}: RaisedMessagesOptions): void =>
  socket.ev.on("messages.upsert", ({ messages, type }) => {
    for (const { key } of messages) watchdog.understood(key.id ?? "")
    const incoming = messages.flatMap((message) =>
      decryption.hasHanded(message) ? [] : (translateMessage(message, selfOf(socket), type === "append") ?? [])
    )
    if (incoming.length === 0) return
    signals.emitLater(async () => ({ type: "received", messages: await identities.completeAll(incoming) }))
  })
