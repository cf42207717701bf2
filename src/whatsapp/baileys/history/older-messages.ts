/** Asks the account's phone for older messages of a chat. Its answer comes as a part of the history. */
import type { WASocket } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import type { OlderMessages } from "../../whatsapp.ts"
import { isPerson } from "../jid.ts"
import type { History } from "./history.ts"

export const askForOlder = async (
  socket: WASocket,
  history: Pick<History, "answerTo">,
  { chat, count, oldest }: OlderMessages
): Promise<Effect.Effect<number>> => {
  const { messageId: id, fromMe, sender, sentAt } = oldest
  const key = { remoteJid: chat, fromMe, id, ...(isPerson(chat) || fromMe ? {} : { participant: sender }) }
  const requestId = await socket.fetchMessageHistory(count, key, sentAt)
  const answer = history.answerTo(requestId)
  return Effect.promise(() => answer)
}
