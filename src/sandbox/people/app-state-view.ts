/** What the owner of a phone sees of its app state: chats, starred messages, contacts, labels. */
import type { proto } from "@whiskeysockets/baileys"
import type { AppStateEntry } from "./app-state-replica.ts"

/** A chat, with what is not as in a new one. Times are Unix milliseconds. */
export interface ChatState {
  readonly archived?: boolean
  readonly pinned?: boolean
  /** -1: for ever. */
  readonly mutedUntil?: number
  readonly markedUnread?: boolean
  readonly locked?: boolean
  readonly clearedAt?: number
  readonly deletedAt?: number
  /** Ids of labels. */
  readonly labels?: readonly string[]
}

/** A message in a chat. */
export interface MessageRef {
  readonly chat: string
  readonly id: string
  readonly fromMe: boolean
}

/** All of it. What was never set is missing. */
export interface AppStateView {
  /** By jid. */
  readonly chats: Readonly<Record<string, ChatState>>
  readonly starred: readonly MessageRef[]
  /** Messages deleted on the own devices only. */
  readonly deletedForMe: readonly MessageRef[]
  /** By jid. */
  readonly contacts: Readonly<Record<string, { readonly name: string; readonly lid?: string }>>
  /** By id. */
  readonly labels: Readonly<Record<string, { readonly name: string; readonly color: number }>>
  readonly labelledMessages: readonly { readonly label: string; readonly chat: string; readonly id: string }[]
  /** By their timestamp. */
  readonly quickReplies: Readonly<Record<string, { readonly shortcut: string; readonly message: string }>>
  readonly pushName?: string
  readonly linkPreviewsDisabled?: boolean
}

/** Folds the entries; later ones come last. */
export function viewOf(entries: readonly AppStateEntry[]): AppStateView {
  const view = {
    chats: {} as Record<string, ChatState>,
    starred: [] as MessageRef[],
    deletedForMe: [] as MessageRef[],
    contacts: {} as Record<string, { name: string; lid?: string }>,
    labels: {} as Record<string, { name: string; color: number }>,
    labelledMessages: [] as { label: string; chat: string; id: string }[],
    quickReplies: {} as Record<string, { shortcut: string; message: string }>,
    ...settingsOf(entries)
  }
  for (const { index, value } of entries) {
    const [type = "", first = "", second = "", third = ""] = index
    const chat = chatStateOf(type, value)
    if (chat !== undefined) view.chats[first] = { ...view.chats[first], ...chat }
    else if (type === "star" && value.starAction?.starred === true) view.starred.push(messageRef(index))
    else if (type === "deleteMessageForMe") view.deletedForMe.push(messageRef(index))
    else if (type === "contact") view.contacts[first] = contactOf(value.contactAction)
    else if (type === "label_edit" && value.labelEditAction?.deleted !== true) {
      view.labels[first] = { name: value.labelEditAction?.name ?? "", color: value.labelEditAction?.color ?? 0 }
    } else if (type === "quick_reply" && value.quickReplyAction?.deleted !== true) {
      const { shortcut, message } = value.quickReplyAction ?? {}
      view.quickReplies[first] = { shortcut: shortcut ?? "", message: message ?? "" }
    } else if (value.labelAssociationAction?.labeled === true) {
      if (type === "label_message") view.labelledMessages.push({ label: first, chat: second, id: third })
      else view.chats[second] = withLabel(view.chats[second], first)
    }
  }
  return view
}

function chatStateOf(type: string, value: proto.ISyncActionValue): ChatState | undefined {
  const at = Number(value.timestamp ?? 0)
  switch (type) {
    case "archive":
      return { archived: value.archiveChatAction?.archived === true }
    case "pin_v1":
      return { pinned: value.pinAction?.pinned === true }
    case "mute":
      return value.muteAction?.muted === true ? { mutedUntil: Number(value.muteAction.muteEndTimestamp ?? -1) } : {}
    case "markChatAsRead":
      return { markedUnread: value.markChatAsReadAction?.read !== true }
    case "lock":
      return { locked: value.lockChatAction?.locked === true }
    case "clearChat":
      return { clearedAt: at }
    case "deleteChat":
      return { deletedAt: at }
    default:
      return undefined
  }
}

function settingsOf(entries: readonly AppStateEntry[]): Pick<AppStateView, "pushName" | "linkPreviewsDisabled"> {
  const valueOf = (type: string): proto.ISyncActionValue | undefined =>
    entries.findLast(({ index }) => index[0] === type)?.value
  const pushName = valueOf("setting_pushName")?.pushNameSetting?.name
  const previews = valueOf("setting_disableLinkPreviews")?.privacySettingDisableLinkPreviewsAction
  return {
    ...(pushName ? { pushName } : {}),
    ...(previews ? { linkPreviewsDisabled: previews.isPreviewsDisabled === true } : {})
  }
}

function messageRef([, chat = "", id = "", fromMe]: readonly string[]): MessageRef {
  return { chat, id, fromMe: fromMe === "1" }
}

function contactOf(contact: proto.SyncActionValue.IContactAction | null | undefined): { name: string; lid?: string } {
  const lid = contact?.lidJid
  return { name: contact?.fullName || contact?.firstName || "", ...(lid ? { lid } : {}) }
}

function withLabel(chat: ChatState = {}, label: string): ChatState {
  return { ...chat, labels: [...(chat.labels ?? []), label] }
}
