/**
 * How a contact reacts to a message by itself.
 * - `silent`: its phone confirms delivery and does nothing more.
 * - `reads`: it reads the message, and plays a voice note.
 * - `echo`: it reads the message and answers a text with the same text, media with the same bytes. It answers only in 1:1
 *   chats, and never another echo: the answers would never end.
 * - `blocks`: it gets no message. The server acks the message and drops it (see `Account.blocked`).
 */
import { proto } from "@whiskeysockets/baileys"
import type { MediaClient } from "../media/client.ts"
import type { Handset, Script } from "./handset.ts"
import type { InboxMessage } from "./inbox.ts"
import { mediaMessage, mediaOf } from "./message-content.ts"

/** Every behaviour, as the control API names it. */
export const BEHAVIOURS = ["echo", "silent", "reads", "blocks"] as const

/** The reaction of a contact; see the header of this file. */
export type Behaviour = (typeof BEHAVIOURS)[number]

/** The script that carries out a behaviour. `isEcho` says whether the contact with this number is an echo too. */
export function scriptOf(behaviour: Behaviour, media: MediaClient, isEcho: (number: string) => boolean): Script {
  return async (handset, message) => {
    if (behaviour !== "reads" && behaviour !== "echo") return
    handset.sendReceipt("read", message)
    if (message.ptt === true) handset.sendReceipt("played", message)
    if (behaviour === "echo" && message.group === undefined && !isEcho(message.from))
      await answer(handset, message, media)
  }
}

async function answer(handset: Handset, message: InboxMessage, media: MediaClient): Promise<void> {
  const reference = mediaOf(proto.Message.decode(message.raw))
  if (reference !== undefined) {
    const { text: caption, filename, mimetype = "application/octet-stream", ptt } = message
    const plain = await media.download(reference)
    const content = {
      media: plain,
      mimetype,
      ...(filename === undefined ? {} : { filename }),
      ...(caption === undefined ? {} : { caption }),
      ...(ptt === undefined ? {} : { ptt }),
      ...(reference.type === "document" || reference.type === "sticker" ? { as: reference.type } : {})
    }
    const uploaded = await media.upload(plain, reference.type)
    await handset.send({ to: message.chat, message: mediaMessage(content, uploaded), type: "media" })
  } else if (message.type === "text" && message.text !== undefined) {
    await handset.send({ to: message.chat, message: { conversation: message.text } })
  }
}
