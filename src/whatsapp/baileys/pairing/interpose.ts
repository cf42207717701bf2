/** Puts a listener in front of Baileys' own: it hears a stanza first, and decides whether Baileys hears it at all. */
import type { EventEmitter } from "node:events"
import type { BinaryNode } from "@whiskeysockets/baileys"

/** `hear` calls `pass` to let the listeners hear that were there before. */
export const interpose = (
  ws: EventEmitter,
  name: string,
  hear: (stanza: BinaryNode, pass: () => void) => void
): void => {
  const listeners = ws.listeners(name)
  ws.removeAllListeners(name)
  ws.on(name, (stanza: BinaryNode) =>
    hear(stanza, () => {
      for (const listener of listeners) listener(stanza)
    })
  )
}
