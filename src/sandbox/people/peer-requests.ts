/**
 * What companions ask of their phone: older messages of a chat, and messages that arrived without content
 * (messages-recv.js fetchMessageHistory, requestPlaceholderResend). A phone that is switched off answers when it is back.
 */
import { proto } from "@whiskeysockets/baileys"
import { historyOnDemand } from "./history-sync.ts"
import type { Inbox } from "./inbox.ts"
import type { Account, PastMessage, World } from "../state/accounts.ts"

/** What of a phone is asked for. */
interface AskedPhone {
  readonly account: Account
  readonly inbox: Inbox
}

type Request = proto.Message.IPeerDataOperationRequestMessage

/** The phone's answer to a request of a companion; undefined when it has none to give. */
export function answerPeerRequest(
  phone: AskedPhone,
  world: World,
  requestId: string,
  request: Request
): proto.Message.IProtocolMessage | undefined {
  const { PeerDataOperationRequestType: Type } = proto.Message
  switch (request.peerDataOperationRequestType) {
    case Type.HISTORY_SYNC_ON_DEMAND:
      return historyOnDemand(world, olderMessages(phone, world, request.historySyncOnDemandRequest), requestId)
    case Type.PLACEHOLDER_MESSAGE_RESEND:
      return resent(phone, requestId, request)
    default:
      return undefined
  }
}

function olderMessages(
  phone: AskedPhone,
  world: World,
  asked: proto.Message.PeerDataOperationRequestMessage.IHistorySyncOnDemandRequest | null | undefined
): PastMessage[] {
  const chat = world.account(asked?.chatJid ?? "")
  if (chat === undefined) return []
  const before = Number(asked?.oldestMsgTimestampMs ?? 0) / 1000
  const received = phone.inbox.messages
    .filter((message) => message.type === "text" && world.account(message.chat) === chat)
    .map(({ id, text = "", fromMe = false, at }) => ({
      id,
      with: chat.number,
      text,
      fromMe,
      at: Math.floor(Date.parse(at) / 1000)
    }))
  return [...phone.account.history.filter((message) => message.with === chat.number), ...received]
    .filter(({ id, at }) => at <= before && id !== asked?.oldestMsgId)
    .toSorted((one, other) => other.at - one.at)
    .slice(0, asked?.onDemandMsgCount ?? 50)
}

function resent(phone: AskedPhone, requestId: string, request: Request): proto.Message.IProtocolMessage {
  const found = (request.placeholderMessageResendRequest ?? []).flatMap(({ messageKey }) => {
    const message = phone.inbox.find(messageKey?.id ?? "")
    if (message === undefined || messageKey === null || messageKey === undefined) return []
    const info = proto.WebMessageInfo.encode({
      key: messageKey,
      message: proto.Message.decode(message.raw),
      messageTimestamp: Math.floor(Date.parse(message.at) / 1000)
    }).finish()
    return [{ placeholderMessageResendResponse: { webMessageInfoBytes: info } }]
  })
  return {
    type: proto.Message.ProtocolMessage.Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
    peerDataOperationRequestResponseMessage: {
      peerDataOperationRequestType: proto.Message.PeerDataOperationRequestType.PLACEHOLDER_MESSAGE_RESEND,
      stanzaId: requestId,
      peerDataOperationResult: found
    }
  }
}
