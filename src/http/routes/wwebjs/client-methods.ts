/** `/client/runMethod`: the methods of whatsapp-web.js' Client that take one argument or none, and that a call stands for. */
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import type { Method } from "./run-method.ts"
import { runMethodRoute } from "./run-method.ts"

const chat: Method = { argument: "chatId", result: "result" }
const contact: Method = { argument: "contactId", result: "result" }
const number: Method = { argument: "number", result: "result" }
const invitation = "inviteCode"

const methods: Readonly<Record<string, Method>> = {
  acceptInvite: { argument: invitation, result: "acceptInvite" },
  archiveChat: chat,
  deleteProfilePicture: { result: "result" },
  getBlockedContacts: { result: "blockedContacts" },
  getChannelByInviteCode: { argument: invitation, result: "result" },
  getChannels: { result: "result" },
  getChatById: { argument: "chatId", result: "chat" },
  getChatLabels: { argument: "chatId", result: "chatLabels" },
  getChats: { argument: "searchOptions", result: "chats" },
  getChatsByLabelId: { argument: "labelId", result: "chats" },
  getCommonGroups: { argument: "contactId", result: "groups" },
  getContactById: { argument: "contactId", result: "contact" },
  getContactDeviceCount: { argument: "userId", result: "result" },
  getContactLidAndPhone: { argument: "userIds", result: "data" },
  getContacts: { result: "contacts" },
  getCountryCode: number,
  getFormattedNumber: number,
  getInviteInfo: { argument: invitation, result: "inviteInfo" },
  getLabelById: { argument: "labelId", result: "label" },
  getLabels: { result: "labels" },
  getNumberId: number,
  getProfilePicUrl: contact,
  getState: { result: "state" },
  getWWebVersion: { result: "result" },
  isRegisteredUser: number,
  markChatUnread: { argument: "chatId" },
  muteChat: { argument: "chatId" },
  pinChat: chat,
  resetState: {},
  sendPresenceAvailable: {},
  sendPresenceUnavailable: {},
  sendSeen: chat,
  setDisplayName: { argument: "displayName", result: "result" },
  setStatus: { argument: "status" },
  subscribeToChannel: { argument: "channelId", result: "result" },
  syncHistory: chat,
  unarchiveChat: chat,
  unmuteChat: chat,
  unpinChat: chat,
  unsubscribeFromChannel: { argument: "channelId", result: "result" }
}

export const clientMethodRoute = (routes: readonly Route[]): Route =>
  runMethodRoute({
    path: "/client",
    target: {},
    routes,
    methods,
    refusal: (method) => `Method ${method} is not implemented`,
    example: { method: "isRegisteredUser", options: EXAMPLE.contact }
  })
