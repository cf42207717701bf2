/**
 * What waited for a client while it was away. The server announces how much that is and gives the first few stanzas; the rest it gives as
 * the client asks for it, `<ib><offline_batch count>`, again and again. `<ib><offline>` ends it, and only then come stanzas that are new.
 * (WhatsApp Web's WAWebOfflineHandler, as oxidezap/whatsapp-rust has it in offline_resume.rs; with Baileys, which asks once for 100, 105 of
 * 300 messages came.)
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Backlog, Connection } from "../wire/connection.ts"
import { element, SERVER } from "../wire/stanza.ts"

const UNASKED = 5

/** Gives the client what waited. `ended` is called when it has all of it. */
export function giveBacklog(connection: Connection, waiting: readonly BinaryNode[], ended: () => void): void {
  const left = [...waiting]
  let given = 0
  const backlog: Backlog = {
    // What comes meanwhile waits behind it.
    receive: (_sequence, stanza) => void left.push(stanza),
    give(count) {
      for (const stanza of left.splice(0, count))
        connection.push({ ...stanza, attrs: { ...stanza.attrs, offline: String(given++) } })
      if (left.length > 0) return
      connection.backlog = undefined
      connection.push(element("ib", { from: SERVER }, [element("offline", { count: String(given) })]))
      ended()
    }
  }
  connection.backlog = backlog
  if (left.length > 0) connection.push(element("ib", { from: SERVER }, [preview(left)]))
  backlog.give(UNASKED)
}

function preview(waiting: readonly BinaryNode[]): BinaryNode {
  const count = (tag: string): string => String(waiting.filter((stanza) => stanza.tag === tag).length)
  return element("offline_preview", {
    count: String(waiting.length),
    message: count("message"),
    receipt: count("receipt"),
    notification: count("notification"),
    appdata: "0"
  })
}
