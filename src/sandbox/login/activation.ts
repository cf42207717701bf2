/**
 * The switch of a client from passive to active. After `<success>` a client is passive: the server sends it nothing until
 * its `<iq xmlns=passive><active/>`. Then it gets the stanzas that waited (backlog.ts), and `<ib><offline count>`, which makes Baileys
 * raise `open` (socket.js CB:success, CB:ib,,offline).
 */
import type { Delivery } from "../routing/delivery.ts"
import type { PresenceRouter } from "../routing/presence.ts"
import type { Device } from "../state/device.ts"
import type { Connection } from "../wire/connection.ts"
import { giveBacklog } from "./backlog.ts"

/** What activation needs. */
export interface ActivationParts {
  readonly delivery: Delivery
  readonly presence: PresenceRouter
}

/** Sends what waited and connects the device to delivery, so that it gets every later stanza. */
export function activate({ delivery, presence }: ActivationParts, connection: Connection, device: Device): void {
  const waiting = delivery.attach(device, connection).map(([, stanza]) => stanza)
  giveBacklog(connection, waiting, () => {
    const typing = presence.missedTyping(device)
    if (typing !== undefined) connection.push(typing)
  })
}
