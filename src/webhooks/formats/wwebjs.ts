/**
 * The format of wwebjs-api: `{dataType, data, sessionId}`, in this order. One event may have several data types. Those of which this
 * gateway has no event yet are never sent.
 */
import type { AnyEvent } from "../../events/catalog.ts"
import { STATUS } from "../../whatsapp/jid.ts"
import { fileOf } from "./content.ts"
import type { Dated, Format, Telling, ToldDevice } from "./format.ts"
import { chatModel } from "./wwebjs-chat.ts"
import { callOf, groupUpdated, joinRequested, membersChanged, voteOf } from "./wwebjs-notices.ts"
import { messageOf, type Message, reactionOf } from "./wwebjs-message.ts"

/** `data` undefined is left out of the body. */
type Told = readonly [dataType: string, data: unknown]

export const wwebjs: Format = {
  name: "wwebjs",
  types: [
    "pairing.qr_issued",
    "pairing.code_issued",
    "pairing.mismatched",
    "device.paired",
    "device.logged_out",
    "sync.progressed",
    "connection.opened",
    "connection.lost",
    "connection.abandoned",
    "message.received",
    "message.resent",
    "message.queued",
    "message.sent",
    "message.delivered",
    "message.read",
    "message.played",
    "message.failed",
    "message.reacted",
    "message.edited",
    "message.revoked",
    "message.hidden",
    "message.voted",
    "call.received",
    "group.members_changed",
    "group.join_requested",
    "group.updated",
    "chat.updated",
    "chat.deleted"
  ],
  isOfOwner: true,
  needs: (event) => {
    switch (event.type) {
      case "pairing.qr_issued":
        return "qr"
      case "pairing.code_issued":
        return "code"
      case "message.received":
      case "message.resent":
        return !event.data.fromMe && fileOf(event.data.content) ? "file" : undefined
      case "message.sent":
      case "message.delivered":
      case "message.read":
      case "message.played":
      case "message.failed":
      case "message.edited":
      case "message.revoked":
      case "message.hidden":
        return "original"
      default:
        return undefined
    }
  },
  chatOf: (event) => {
    switch (event.type) {
      case "chat.updated":
        return saysOfChat(event.data) ? event.data : undefined
      case "chat.deleted":
        return event.data
      case "message.received":
        return isUnread(event.data) ? event.data : undefined
      default:
        return undefined
    }
  },
  sample: () => JSON.stringify({ dataType: "status", data: { msg: "webhook test" }, sessionId: "test" }),
  bodies: (telling) => {
    const { read, device } = telling
    if (read === null || device === null) return []
    return toldOf(read, device, telling).map(([dataType, data]) =>
      JSON.stringify({ dataType, data, sessionId: device.sessionId })
    )
  }
}

/** The data type of a body of this format. */
export const dataTypeOf = (body: string): string => /^\{"dataType":"(\w+)"/.exec(body)?.[1] ?? ""

type Of<Type extends AnyEvent["type"]> = Extract<AnyEvent, { type: Type }>["data"]

/** Something of which wwebjs tells. What an erasure recorded again (`asOf`) is no news. */
const saysOfChat = ({ archived, unread, markedUnread, asOf }: Of<"chat.updated">): boolean =>
  asOf === undefined && (archived !== undefined || unread !== undefined || markedUnread !== undefined)

/** A message that a chat counts. */
const isUnread = ({ fromMe, chat, content }: Of<"message.received">): boolean =>
  !fromMe && chat !== STATUS && content.kind !== "unavailable"

/** wwebjs' states of a connection, for reasons that end it. */
const states: Readonly<Record<string, string>> = {
  replaced: "CONFLICT",
  outdated: "DEPRECATED_VERSION",
  banned: "TOS_BLOCK"
}

export const stateOfReason = (reason: string): string | undefined => states[reason]

const toldOf = (
  event: AnyEvent,
  device: ToldDevice,
  { event: { recordedAt }, secret, file, original, chat: toldChat }: Telling
): readonly Told[] => {
  const chat = toldChat && chatModel(toldChat.view, device, recordedAt, toldChat.group, toldChat.last)
  switch (event.type) {
    case "pairing.qr_issued":
      return secret === null ? [] : [["qr", { qr: secret }]]
    case "pairing.code_issued":
      return secret === null ? [] : [["code", { code: secret }]]
    case "pairing.mismatched":
      return [["status", { msg: "the phone has another number than the session" }]]
    case "device.paired":
      return [["authenticated", undefined]]
    case "sync.progressed":
      return [["loading_screen", { percent: event.data.percent, message: "WhatsApp" }]]
    case "connection.opened":
      return [
        ["change_state", { state: "CONNECTED" }],
        ["ready", undefined]
      ]
    case "connection.lost":
      return [["change_state", { state: "OPENING" }]]
    case "connection.abandoned":
      return [["disconnected", { reason: stateOfReason(event.data.reason) ?? "UNLAUNCHED" }]]
    case "device.logged_out":
      return [["disconnected", { reason: "LOGOUT" }]]
    case "message.queued":
      return [["message_create", { message: messageOf(event, device, recordedAt) }]]
    case "message.received":
    case "message.resent": {
      const message = messageOf(event, device, recordedAt)
      if (event.data.content.kind === "unavailable") return [["message_ciphertext", { message }]]
      const created: Told = ["message_create", { message }]
      if (event.data.fromMe) return [created]
      const described = fileOf(event.data.content)
      const messageMedia = described &&
        file && {
          mimetype: described.mimetype,
          data: file.base64,
          filename: described.filename,
          filesize: file.bytes
        }
      return [
        created,
        ["message", { message }],
        ...(messageMedia ? [["media", { messageMedia, message }] as const] : []),
        ...(chat === null ? [] : [["unread_count", { chat }] as const])
      ]
    }
    case "message.failed":
      return acknowledged(original, device, -1)
    case "message.sent":
      return [...uploaded(original, device), ...acknowledged(original, device, 1)]
    case "message.delivered":
      return acknowledged(original, device, 2)
    case "message.read":
      return acknowledged(original, device, 3)
    case "message.played":
      return acknowledged(original, device, 4)
    case "message.reacted":
      return [["message_reaction", { reaction: reactionOf(event, device) }]]
    case "message.edited": {
      const before = original && messageIn(original, device)
      const after = messageOf(event, device, recordedAt)
      const data = { message: { ...(before ?? after), body: after.body }, newBody: after.body, prevBody: before?.body }
      return [["message_edit", data]]
    }
    case "message.revoked": {
      const before = original && messageIn(original, device)
      const message = before ?? messageOf(event, device, recordedAt)
      return [["message_revoke_everyone", { message: { ...message, type: "revoked", body: "" } }]]
    }
    case "message.hidden": {
      const message = original && messageIn(original, device)
      return message === null || event.data.asOf !== undefined ? [] : [["message_revoke_me", { message }]]
    }
    case "message.voted":
      return [["vote_update", { vote: voteOf(event.data) }]]
    case "call.received":
      return event.data.offline ? [] : [["call", { call: callOf(event.data) }]]
    case "group.members_changed":
      return membersChanged(event.data, recordedAt)
    case "group.updated":
      return groupUpdated(event.data, recordedAt)
    case "group.join_requested":
      return joinRequested(event.data, recordedAt)
    case "chat.updated":
      return chat === null ? [] : chatUpdated(event.data, chat)
    case "chat.deleted":
      return chat === null || event.data.asOf !== undefined ? [] : [["chat_removed", { chat }]]
    default:
      return []
  }
}

const chatUpdated = ({ archived, unread, markedUnread }: Of<"chat.updated">, chat: object): readonly Told[] => [
  ...(archived === undefined ? [] : [["chat_archived", { chat, currState: archived, prevState: !archived }] as const]),
  ...(unread === undefined && markedUnread === undefined ? [] : [["unread_count", { chat }] as const])
]

/** The file of a message is at WhatsApp before the message is. */
const uploaded = (original: Dated | null, device: ToldDevice): readonly Told[] => {
  const message = original && messageIn(original, device)
  return message?.hasMedia ? [["media_uploaded", { message }]] : []
}

const acknowledged = (original: Dated | null, device: ToldDevice, ack: number): readonly Told[] => {
  const message = original && messageIn(original, device)
  return message === null ? [] : [["message_ack", { message: { ...message, ack }, ack }]]
}

const messageIn = ({ event, recordedAt }: Dated, device: ToldDevice): Message | null =>
  event.type === "message.queued" || event.type === "message.received" ? messageOf(event, device, recordedAt) : null
