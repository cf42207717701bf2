/**
 * The switch of a client from passive to active. After `<success>` a client is passive: the server sends it nothing until
 * its `<iq xmlns=passive><active/>`. Then it gets the stanzas that waited, each marked `offline`, and `<ib><offline
 * count>`, which makes Baileys raise `open` (socket.js CB:success, CB:ib,,offline).
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Delivery } from "../routing/delivery.ts"
import type { PresenceRouter } from "../routing/presence.ts"
import type { Device } from "../state/device.ts"
import type { Connection } from "../wire/connection.ts"
import { element, SERVER } from "../wire/stanza.ts"

/** What activation needs. */
export interface ActivationParts {
  readonly delivery: Delivery
  readonly presence: PresenceRouter
}

/** Sends what waited and connects the device to delivery, so that it gets every later stanza. */
export function activate({ delivery, presence }: ActivationParts, connection: Connection, device: Device): void {
  const waiting = delivery.attach(device, connection)
  if (waiting.length > 0)
    connection.push(element("ib", { from: SERVER }, [offlinePreview(waiting.map(([, stanza]) => stanza))]))
  for (const [index, [, stanza]] of waiting.entries())
    connection.push({ ...stanza, attrs: { ...stanza.attrs, offline: String(index) } })
  connection.push(element("ib", { from: SERVER }, [element("offline", { count: String(waiting.length) })]))
  const typing = presence.missedTyping(device)
  if (typing !== undefined) connection.push(typing)
}

function offlinePreview(waiting: BinaryNode[]): BinaryNode {
  const count = (tag: string): string => String(waiting.filter((stanza) => stanza.tag === tag).length)
  return element("offline_preview", {
    count: String(waiting.length),
    message: count("message"),
    receipt: count("receipt"),
    notification: count("notification"),
    appdata: "0"
  })
}
