/** How operations name chats, people and messages to WhatsApp: by LID where one is known, as messages are addressed. */
import type { WAMessageKey } from "@whiskeysockets/baileys"
import { isGroupJid, jidOf } from "../../jid.ts"
import type { MessageRef } from "../../operations/fields.ts"
import { accountOf } from "../jid.ts"
import type { OperationContext } from "./handler.ts"

/** The jid of a person, a group or a channel, for what a client gives. */
export const addressOf = async ({ identities }: OperationContext, given: string): Promise<string> => {
  const jid = jidOf(given)
  return (await identities.lidKnownOf(jid)) ?? jid
}

/** `address`: of the chat that the message is in. */
export const keyOf = async (
  context: OperationContext,
  address: string,
  { messageId: id, fromMe, sender }: MessageRef
): Promise<WAMessageKey> => ({
  remoteJid: address,
  id,
  fromMe,
  ...(isGroupJid(address) && !fromMe && sender !== null ? { participant: await addressOf(context, sender) } : {})
})

/** The account's own name in this chat. */
export const ownName = ({ self }: OperationContext, address: string): string => {
  const { jid, lid } = self()
  return accountOf(address.endsWith("@s.whatsapp.net") || lid === "" ? jid : lid)
}

/** What chats of the roster are named by. */
export const chatNamed = (address: string) => ({ chat: address, chatAlt: null })
