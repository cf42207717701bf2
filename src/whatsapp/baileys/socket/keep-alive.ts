/**
 * Pings WhatsApp at intervals, so that a connection that is silent is dead (liveness.ts).
 *
 * Baileys has such pings too, but it ends a connection whose last sign of life is too old by the wall clock. A clock set forward by a
 * minute would end every connection of the gateway at once.
 */
import type { WASocket } from "@whiskeysockets/baileys"

/** From the end of the handshake until the connection closes. The answers are not looked at: anything that comes in is a sign of life. */
export const keepAlive = ({ ws, query, generateMessageTag }: WASocket, everyMs: number): void => {
  let pinging: NodeJS.Timeout | undefined
  const ping = () => {
    if (!ws.isOpen) return clearInterval(pinging)
    const attrs = { id: generateMessageTag(), to: "s.whatsapp.net", type: "get", xmlns: "w:p" }
    query({ tag: "iq", attrs, content: [{ tag: "ping", attrs: {} }] }).catch(() => {})
  }
  // The handshake exchanges bytes; the first stanza shows that it is over.
  ws.on("frame", (frame: unknown) => {
    if (!(frame instanceof Uint8Array)) pinging ??= setInterval(ping, everyMs)
  })
}
