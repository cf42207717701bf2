/** Ends a socket's TCP connection without a closing handshake, which a dead peer would not answer. */
import type { WASocket } from "@whiskeysockets/baileys"

export const terminate = ({ ws }: WASocket): void => {
  // Baileys does not export its WebSocket client; `socket` is the `ws` package's, null before it is opened.
  const { socket } = ws as unknown as { socket: { terminate(): void } | null }
  socket?.terminate()
}
