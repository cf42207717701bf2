/**
 * What WhatsApp tells a client before it is linked. Baileys acknowledges no notification before the login and answers no ping; WhatsApp Web
 * does both. So until the device is linked, notifications are acknowledged and heard here, and Baileys hears none of them.
 */
import { type BinaryNode, buildAckStanza, S_WHATSAPP_NET, type WASocket } from "@whiskeysockets/baileys"
import { interpose } from "./interpose.ts"

export interface NoticeListener {
  readonly isLinked: () => boolean
  /** By the notification's type. Other notifications are only acknowledged. */
  readonly hear: Readonly<Record<string, (notification: BinaryNode) => void>>
}

export const hearNotices = (socket: WASocket, { isLinked, hear }: NoticeListener): void => {
  interpose(socket.ws, "CB:notification", (stanza, pass) => {
    if (isLinked()) {
      pass()
      return
    }
    send(socket, buildAckStanza(stanza))
    if (isFromServer(stanza)) hear[stanza.attrs.type ?? ""]?.(stanza)
  })
  socket.ws.on("CB:iq,xmlns:urn:xmpp:ping", (stanza: BinaryNode) => {
    const { id } = stanza.attrs
    if (id !== undefined && isFromServer(stanza)) {
      send(socket, { tag: "iq", attrs: { to: S_WHATSAPP_NET, type: "result", id } })
    }
  })
}

export const isFromServer = ({ attrs }: BinaryNode): boolean =>
  attrs.from === S_WHATSAPP_NET || attrs.from === "s.whatsapp.net"

/** A connection that ends meanwhile needs no answer. */
export const send = (socket: WASocket, stanza: BinaryNode): void => {
  socket.sendNode(stanza).catch(() => {})
}
