/** Chats as their owner arranges them. */
import { type LastMessageList, proto } from "@whiskeysockets/baileys"
import type { chatOperations } from "../../operations/chats.ts"
import { done, type MessageRef } from "../../operations/fields.ts"
import { isGroupJid } from "../../jid.ts"
import { personIn } from "../names/people.ts"
import { addressOf, chatNamed, keyOf } from "./addressing.ts"
import { changeAppState } from "./app-state.ts"
import type { HandlersOf, OperationContext } from "./handler.ts"
import { relay } from "./relay.ts"

const { EPHEMERAL_SETTING } = proto.Message.ProtocolMessage.Type

export const chatHandlers: HandlersOf<typeof chatOperations> = {
  "chat.archive": async ({ chat, newest, archived }, context) => {
    const { to, lastMessages } = await upTo(context, chat, newest)
    await changeAppState(context.socket, "chat.archive", { archive: archived, lastMessages }, to)
    return done
  },
  "chat.pin": async ({ chat, pinned }, context) => {
    await changeAppState(context.socket, "chat.pin", { pin: pinned }, await addressOf(context, chat))
    return done
  },
  "chat.mute": async ({ chat, until }, context) => {
    await changeAppState(context.socket, "chat.mute", { mute: until }, await addressOf(context, chat))
    return done
  },
  "chat.mark": async ({ chat, newest, unread }, context) => {
    const { to, lastMessages } = await upTo(context, chat, newest)
    await changeAppState(context.socket, "chat.mark", { markRead: !unread, lastMessages }, to)
    return done
  },
  "chat.clear": async ({ chat, newest }, context) => {
    const { to, lastMessages } = await upTo(context, chat, newest)
    await changeAppState(context.socket, "chat.clear", { clear: true, lastMessages }, to)
    return done
  },
  "chat.delete": async ({ chat, newest }, context) => {
    const { to, lastMessages } = await upTo(context, chat, newest)
    await changeAppState(context.socket, "chat.delete", { delete: true, lastMessages }, to)
    // The first deletion that Baileys tells of after a link may be an old one (hear-roster.ts), and is not heard.
    context.changed([{ type: "chat_deleted", ...chatNamed(to) }])
    return done
  },
  "chat.disappear": async ({ chat, seconds }, context) => {
    const to = await addressOf(context, chat)
    if (isGroupJid(to)) await setInGroup(context, to, seconds)
    else {
      const protocolMessage = { type: EPHEMERAL_SETTING, ephemeralExpiration: seconds }
      const message = { ephemeralMessage: { message: { protocolMessage } } }
      await relay(context, { operation: "chat.disappear", to, message })
    }
    context.changed([{ type: "chat", chat: { ...chatNamed(to), disappearingSeconds: seconds } }])
    return done
  }
}

const setInGroup = async (context: OperationContext, group: string, seconds: number): Promise<void> => {
  await context.socket.groupToggleEphemeral(group, seconds)
  const { jid, lid } = context.self()
  context.changed([{ type: "group", group: { group, disappearingSeconds: seconds }, author: personIn(lid, jid) }])
}

/** WhatsApp wants to know the last messages of the chat as the client knows it, the newest last. */
const upTo = async (context: OperationContext, chat: string, newest: readonly MessageRef[]) => {
  const to = await addressOf(context, chat)
  const lastMessages: LastMessageList = []
  for (const message of newest.toReversed()) {
    const key = await keyOf(context, to, message)
    lastMessages.push({ key, messageTimestamp: Math.floor(message.sentAt / 1_000) })
  }
  return { to, lastMessages }
}
