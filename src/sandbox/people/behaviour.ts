/**
 * What a contact does by itself about a message somebody sends it. A server cannot tell: all of this is ordinary traffic.
 * - `silent`: its phone confirms delivery, nothing more.
 * - `reads`: reads it, and plays voice notes.
 * - `echo`: reads it and answers a text with the same text, media with the same bytes. Only 1:1: two echoes in a group
 *   would never stop; nor does one echo answer another.
 * - `blocks`: gets nothing at all; the server acks and drops (see `Account.blocked`).
 */
import { proto } from "@whiskeysockets/baileys"
import type { Handset, Script } from "./handset.ts"
import type { InboxMessage } from "./inbox.ts"
import type { MediaClient } from "../media/client.ts"
import { mediaMessage, mediaOf } from "./message-content.ts"

/** The behaviours there are, as the control API names them. */
export const BEHAVIOURS = ["echo", "silent", "reads", "blocks"] as const

/** What a contact does by itself; see the head of this file. */
export type Behaviour = (typeof BEHAVIOURS)[number]

/** The script of a behaviour. `isEcho` says whether a number would answer an answer. */
export function scriptOf(behaviour: Behaviour, media: MediaClient, isEcho: (number: string) => boolean): Script {
  return async (handset, message) => {
    if (behaviour !== "reads" && behaviour !== "echo") return
    handset.give("read", message)
    if (message.ptt === true) handset.give("played", message)
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
