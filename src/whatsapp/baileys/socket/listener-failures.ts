/** Catches the failures of Baileys' asynchronous listeners, which would end the process. */
import type { EventEmitter } from "node:events"

/**
 * Calls `failed` when a listener of Baileys fails. Some listeners answer WhatsApp and nothing awaits them (`offline_preview` in socket.js,
 * 7.0.0-rc14). When the connection closes before they answer, their rejection is unhandled and would end the process with all its
 * devices. Call this before the gateway adds its own listeners.
 */
export const hearFailures = (ws: EventEmitter, failed: (failure: unknown) => void): void => {
  for (const name of ws.eventNames()) {
    if (!String(name).startsWith("CB:")) continue
    for (const listener of ws.listeners(name)) {
      ws.off(name, listener as () => void)
      ws.on(name, async (...heard: unknown[]) => {
        try {
          await (listener as (...given: unknown[]) => unknown)(...heard)
        } catch (failure) {
          failed(failure)
        }
      })
    }
  }
}
