/** `…/runMethod` of chats, groups and messages: the methods of whatsapp-web.js that take one argument or none, and that a call stands for. */
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { ChatId } from "./fields.ts"
import { messageExample, messageFields } from "./message-fields.ts"
import { type Method, runMethodRoute } from "./run-method.ts"

const result: Method = { result: "result" }
const refusal = () => "Method is not implemented"

const chatMethods: Readonly<Record<string, Method>> = {
  changeLabels: { argument: "labelIds" },
  clearMessages: result,
  clearState: result,
  delete: result,
  fetchMessages: { argument: "searchOptions", result: "messages" },
  getContact: { result: "contact" },
  getLabels: { result: "labels" },
  markUnread: {},
  sendSeen: result,
  sendStateRecording: result,
  sendStateTyping: result,
  syncHistory: result
}

const groupMethods: Readonly<Record<string, Method>> = {
  addParticipants: { argument: "participantIds", result: "result" },
  approveGroupMembershipRequests: { argument: "options", result: "result" },
  deletePicture: result,
  demoteParticipants: { argument: "participantIds", result: "result" },
  getGroupMembershipRequests: result,
  getInviteCode: { result: "inviteCode" },
  leave: {},
  promoteParticipants: { argument: "participantIds", result: "result" },
  rejectGroupMembershipRequests: { argument: "options", result: "result" },
  removeParticipants: { argument: "participantIds", result: "result" },
  revokeInvite: result,
  setDescription: { argument: "description", result: "result" },
  setInfoAdminsOnly: { argument: "adminsOnly", result: "result" },
  setMessagesAdminsOnly: { argument: "adminsOnly", result: "result" },
  setSubject: { argument: "subject", result: "result" }
}

const messageMethods: Readonly<Record<string, Method>> = {
  delete: { argument: "everyone" },
  edit: { argument: "content", result: "message" },
  forward: { argument: "destinationChatId" },
  getContact: { result: "contact" },
  getGroupMentions: result,
  getInfo: { result: "info" },
  getMentions: { result: "contacts" },
  getOrder: { result: "order" },
  getPayment: { result: "payment" },
  getPollVotes: { result: "votes" },
  getQuotedMessage: { result: "quotedMessage" },
  getReactions: result,
  react: { argument: "reaction" },
  star: {},
  unstar: {}
}

export const chatMethodRoute = (routes: readonly Route[]): Route =>
  runMethodRoute({
    path: "/chat",
    target: { chatId: ChatId },
    routes,
    methods: chatMethods,
    refusal,
    example: { chatId: `${EXAMPLE.contact}@c.us`, method: "fetchMessages", options: { limit: 5 } }
  })

export const groupMethodRoute = (routes: readonly Route[]): Route =>
  runMethodRoute({
    path: "/groupChat",
    target: { chatId: ChatId },
    routes,
    methods: groupMethods,
    refusal,
    example: { chatId: EXAMPLE.sessionGroup, method: "getInviteCode" }
  })

export const messageMethodRoute = (routes: readonly Route[]): Route =>
  runMethodRoute({
    path: "/message",
    target: messageFields,
    routes,
    methods: messageMethods,
    refusal,
    example: { ...messageExample, method: "getReactions" }
  })
