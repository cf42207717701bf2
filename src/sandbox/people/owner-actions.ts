/** What an owner does with chats and contacts on the phone, as changes of app state (chat-utils.js chatModificationToAppPatch). */
import { chatModificationToAppPatch, type LastMessageList, proto, type WAPatchCreate } from "@whiskeysockets/baileys"

/** One thing that the owner does. `chat` is a number, or the jid of a group. */
export type OwnerAction =
  | { readonly archive: boolean; readonly chat: string }
  | { readonly pin: boolean; readonly chat: string }
  /** Unix milliseconds; -1: for ever; null: no longer muted. */
  | { readonly mute: number | null; readonly chat: string }
  /** False: marked as unread. */
  | { readonly read: boolean; readonly chat: string }
  | { readonly lock: boolean; readonly chat: string }
  | { readonly delete: true; readonly chat: string }
  /** Deletes the messages of the chat for the account alone. */
  | { readonly clear: true; readonly chat: string }
  /** Gives a message a star, or takes it back. */
  | { readonly star: boolean; readonly chat: string; readonly messageId: string; readonly fromMe: boolean }
  /** Deletes a message for the account alone. */
  | { readonly hide: true; readonly chat: string; readonly messageId: string; readonly fromMe: boolean }
  /** Saves a contact under this name; null takes the contact out of the address book. */
  | { readonly save: string | null; readonly chat: string }
  /** A label, by its id; without a name it is deleted. */
  | { readonly label: string; readonly name: string | null; readonly color?: number }
  | { readonly label: string; readonly chat: string; readonly on: boolean; readonly messageId?: string }

/** `jidOf`: the jid of a chat; `lidOf`: the LID of a person. */
export function appStateOf(
  action: OwnerAction,
  jidOf: (chat: string) => string,
  lidOf: (number: string) => string
): WAPatchCreate {
  const lastMessages: LastMessageList = []
  if ("archive" in action)
    return chatModificationToAppPatch({ archive: action.archive, lastMessages }, jidOf(action.chat))
  if ("pin" in action) return chatModificationToAppPatch({ pin: action.pin }, jidOf(action.chat))
  if ("mute" in action) return chatModificationToAppPatch({ mute: action.mute }, jidOf(action.chat))
  if ("read" in action) return chatModificationToAppPatch({ markRead: action.read, lastMessages }, jidOf(action.chat))
  if ("delete" in action) return chatModificationToAppPatch({ delete: true, lastMessages }, jidOf(action.chat))
  if ("clear" in action) return chatModificationToAppPatch({ clear: true, lastMessages }, jidOf(action.chat))
  if ("star" in action) {
    const messages = [{ id: action.messageId, fromMe: action.fromMe }]
    return chatModificationToAppPatch({ star: { messages, star: action.star } }, jidOf(action.chat))
  }
  if ("hide" in action) {
    const key = { id: action.messageId, fromMe: action.fromMe, remoteJid: jidOf(action.chat) }
    const deleteForMe = { key, deleteMedia: true, timestamp: Math.floor(Date.now() / 1_000) }
    return chatModificationToAppPatch({ deleteForMe }, jidOf(action.chat))
  }
  if ("lock" in action) return lock(jidOf(action.chat), action.lock)
  if ("save" in action) {
    const contact = action.save === null ? null : { fullName: action.save, lidJid: lidOf(action.chat) }
    return chatModificationToAppPatch({ contact }, `${action.chat}@s.whatsapp.net`)
  }
  if ("name" in action) return label(action.label, action.name, action.color ?? 0)
  return labelled(action, jidOf(action.chat))
}

const lock = (jid: string, locked: boolean): WAPatchCreate => ({
  syncAction: { lockChatAction: { locked }, timestamp: Date.now() },
  index: ["lock", jid],
  type: "regular_low",
  apiVersion: 7,
  operation: proto.SyncdMutation.SyncdOperation.SET
})

const label = (id: string, name: string | null, color: number): WAPatchCreate =>
  chatModificationToAppPatch({ addLabel: { id, ...(name === null ? { deleted: true } : { name, color }) } }, "")

type Labelled = Extract<OwnerAction, { readonly on: boolean }>

function labelled({ label: labelId, on, messageId }: Labelled, jid: string): WAPatchCreate {
  if (messageId === undefined) {
    return chatModificationToAppPatch(on ? { addChatLabel: { labelId } } : { removeChatLabel: { labelId } }, jid)
  }
  const of = { labelId, messageId }
  return chatModificationToAppPatch(on ? { addMessageLabel: of } : { removeMessageLabel: of }, jid)
}
