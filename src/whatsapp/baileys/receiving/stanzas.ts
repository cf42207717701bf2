/**
 * Hands message stanzas to Baileys one after another, each when Baileys has finished the one before.
 *
 * Baileys 7.0.0-rc14 learns the names of a sender before it takes its lock, so that the first message of a new contact can be overtaken by
 * the second (EvolutionAPI#1307). And it confirms a message without content before it raises it; so such a message is seen to first.
 */
import type { EventEmitter } from "node:events"
import type { BinaryNode } from "@whiskeysockets/baileys"

type Listener = (stanza: BinaryNode) => unknown

/**
 * `before` is awaited for each stanza; when it fails, Baileys does not get the stanza, and WhatsApp delivers it again. To be called before
 * other listeners are added.
 */
export const inOrder = (ws: EventEmitter, before: (stanza: BinaryNode) => Promise<void>): void => {
  const listeners = ws.listeners("CB:message") as Listener[]
  ws.removeAllListeners("CB:message")
  let last: Promise<unknown> = Promise.resolve()
  const handle = async (stanza: BinaryNode): Promise<void> => {
    await before(stanza)
    for (const listener of listeners) await listener(stanza)
  }
  ws.on("CB:message", (stanza: BinaryNode) => {
    last = last.then(() => handle(stanza)).catch(() => {})
  })
}
