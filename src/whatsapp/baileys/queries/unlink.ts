/** Removes a device from its account's linked devices. Baileys' `logout` does not wait for WhatsApp's answer. */
import type { WASocket } from "@whiskeysockets/baileys"
import { CloseCode } from "../../codes.ts"
import { closeReason } from "../socket/close-reason.ts"

/** Resolves when it is done: when WhatsApp answers, or ends the stream as "logged out" before it answers. `id`: the device's own jid. */
export const unlink = async (socket: WASocket, id: string): Promise<void> => {
  const loggedOut = new Promise<void>((resolve) => {
    socket.ev.on("connection.update", ({ connection, lastDisconnect }) => {
      if (connection === "close" && closeReason(lastDisconnect?.error, 0).code === CloseCode.loggedOut) resolve()
    })
  })
  const answered = socket.query({
    tag: "iq",
    attrs: { to: "s.whatsapp.net", type: "set", xmlns: "md", id: socket.generateMessageTag() },
    content: [{ tag: "remove-companion-device", attrs: { jid: id, reason: "user_initiated" } }]
  })
  await Promise.any([answered, loggedOut])
}
