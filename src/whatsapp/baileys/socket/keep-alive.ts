/**
 * Asks WhatsApp for a sign of life once in a while, so that a connection that is silent is one that is dead (liveness.ts).
 *
 * Baileys would do the same, and end a connection whose last sign is too old by the wall clock: set forward by a minute, that would
 * end every connection of the gateway at once.
 */
import type { WASocket } from "@whiskeysockets/baileys"

/** From the end of the handshake on, as long as the connection is open. An answer is no matter here; that anything comes in is. */
export const keepAlive = ({ ws, query, generateMessageTag }: WASocket, everyMs: number): void => {
  let pinging: NodeJS.Timeout | undefined
  const ping = () => {
    if (!ws.isOpen) return clearInterval(pinging)
    const attrs = { id: generateMessageTag(), to: "s.whatsapp.net", type: "get", xmlns: "w:p" }
    query({ tag: "iq", attrs, content: [{ tag: "ping", attrs: {} }] }).catch(() => {})
  }
  // What the handshake exchanges are bytes; stanzas come once it is over.
  ws.on("frame", (frame: unknown) => {
    if (!(frame instanceof Uint8Array)) pinging ??= setInterval(ping, everyMs)
  })
}
