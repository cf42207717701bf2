/** What Baileys hears from WhatsApp it deals with asynchronously. */
import type { EventEmitter } from "node:events"

/**
 * Hears of it when one of Baileys' listeners fails. Some answer WhatsApp with nobody waiting: where the connection closes under
 * them (`offline_preview` in socket.js, 7.0.0-rc14), their failure would end the process, with all its devices. To be called
 * before anybody else listens.
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
