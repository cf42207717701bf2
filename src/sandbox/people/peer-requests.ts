/**
 * Answers the requests of companions to their phone: for older messages of a chat, and for messages that arrived there
 * without content (messages-recv.js fetchMessageHistory, requestPlaceholderResend). A phone that is switched off answers
 * when it is on again.
 */
import { isJidGroup, proto } from "@whiskeysockets/baileys"
import type { Account, PastMessage } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import { historyOnDemand } from "./history-sync.ts"
import type { Inbox } from "./inbox.ts"

/** Where the phone finds what a companion asks for. */
interface RequestedPhone {
  readonly account: Account
  readonly inbox: Inbox
}

type Request = proto.Message.IPeerDataOperationRequestMessage

/** The answer of the phone; undefined for a request that it does not understand. */
export function answerPeerRequest(
  phone: RequestedPhone,
  accounts: Accounts,
  requestId: string,
  request: Request
): proto.Message.IProtocolMessage | undefined {
  const { PeerDataOperationRequestType: Type } = proto.Message
  switch (request.peerDataOperationRequestType) {
    case Type.HISTORY_SYNC_ON_DEMAND:
      return historyOnDemand(
        phone.account,
        olderMessages(phone, accounts, request.historySyncOnDemandRequest),
        requestId
      )
    case Type.PLACEHOLDER_MESSAGE_RESEND:
      return placeholderResend(phone, requestId, request)
    default:
      return undefined
  }
}

function olderMessages(
  phone: RequestedPhone,
  accounts: Accounts,
  request: proto.Message.PeerDataOperationRequestMessage.IHistorySyncOnDemandRequest | null | undefined
): PastMessage[] {
  const jid = request?.chatJid ?? ""
  const chat = isJidGroup(jid) === true ? jid : accounts.find(jid)?.number
  if (chat === undefined) return []
  const before = Number(request?.oldestMsgTimestampMs ?? 0) / 1000
  const received = phone.inbox.messages
    .filter((message) => message.type === "text" && (message.group ?? accounts.find(message.chat)?.number) === chat)
    .map(({ id, from, group, text = "", fromMe = false, at }) => {
      const message: PastMessage = { id, with: chat, text, fromMe, at: Math.floor(Date.parse(at) / 1000) }
      return group === undefined || fromMe ? message : Object.assign(message, { author: from })
    })
  return [...phone.account.history.filter((message) => message.with === chat), ...received]
    .filter(({ id, at }) => at <= before && id !== request?.oldestMsgId)
    .toSorted((one, other) => other.at - one.at)
    .slice(0, request?.onDemandMsgCount ?? 50)
}

function placeholderResend(phone: RequestedPhone, requestId: string, request: Request): proto.Message.IProtocolMessage {
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
