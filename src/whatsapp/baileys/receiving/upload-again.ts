/**
 * Asks the account's phone to upload the file of a message again, because WhatsApp's servers have it no longer.
 *
 * Baileys' own function waits for ever when the phone does not answer, and Baileys' download never calls it (Baileys#2767).
 */
import {
  type BaileysEventMap,
  decryptMediaRetryData,
  encryptMediaRetryRequest,
  proto,
  type WASocket
} from "@whiskeysockets/baileys"
import type { LostFile } from "../../whatsapp.ts"
import { isPerson, type Self } from "../jid.ts"

type Update = BaileysEventMap["messages.media-update"][number]

/** Where the file is now; undefined when the phone does not have it either. Rejects when the phone does not answer in time. */
export const uploadAgain = async (
  socket: WASocket,
  self: Self,
  { messageId: id, chat, sender, fromMe, mediaKey }: LostFile,
  waitMs: number
): Promise<string | undefined> => {
  const key = { remoteJid: chat, fromMe, id, ...(isPerson(chat) || fromMe ? {} : { participant: sender }) }
  const secret = Buffer.from(mediaKey, "base64")
  const { promise, resolve, reject } = Promise.withResolvers<Update>()
  const hear = (updates: readonly Update[]): void => {
    const own = updates.find((update) => update.key.id === id)
    if (own) resolve(own)
  }
  const timer = setTimeout(() => reject(new Error("the phone did not answer")), waitMs)
  socket.ev.on("messages.media-update", hear)
  try {
    await socket.sendNode(encryptMediaRetryRequest(key, secret, self.jid))
    return pathIn(await promise, secret, id)
  } finally {
    clearTimeout(timer)
    socket.ev.off("messages.media-update", hear)
  }
}

const pathIn = ({ media }: Update, secret: Buffer, id: string): string | undefined => {
  if (!media) return undefined
  const { result, directPath } = decryptMediaRetryData(media, secret, id)
  return result === proto.MediaRetryNotification.ResultType.SUCCESS && directPath ? directPath : undefined
}
