/**
 * History sync: the past messages that a phone sends a companion at pairing and later on demand (history.js,
 * process-message.js). The history is deflated inside the message. WhatsApp uploads larger ones as media; no test needs
 * that.
 */
import { deflateSync } from "node:zlib"
import { proto } from "@whiskeysockets/baileys"
import type { PastMessage } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import { lidJid, pnJid } from "../state/jid.ts"

/** The history for a new companion: every message, newest first within each chat, as phones send it. */
export function historyBootstrap(accounts: Accounts, past: readonly PastMessage[]): proto.Message.IProtocolMessage {
  return notification(accounts, past, {
    syncType: proto.Message.HistorySyncType.INITIAL_BOOTSTRAP,
    chunkOrder: 1,
    progress: 100
  })
}

/** The answer to a request for older messages of one chat. */
export function historyOnDemand(
  accounts: Accounts,
  past: readonly PastMessage[],
  requestId: string
): proto.Message.IProtocolMessage {
  return notification(accounts, past, {
    syncType: proto.Message.HistorySyncType.ON_DEMAND,
    peerDataRequestSessionId: requestId
  })
}

function notification(
  accounts: Accounts,
  past: readonly PastMessage[],
  about: proto.Message.IHistorySyncNotification
): proto.Message.IProtocolMessage {
  const sync = proto.HistorySync.fromObject({
    syncType: about.syncType,
    conversations: conversations(accounts, past),
    phoneNumberToLidMappings: [...new Set(past.map((message) => message.with))].flatMap((number) => {
      const account = accounts.find(number)
      return account === undefined ? [] : [{ pnJid: pnJid(account), lidJid: lidJid(account) }]
    }),
    progress: about.progress,
    chunkOrder: about.chunkOrder
  })
  const payload = deflateSync(proto.HistorySync.encode(sync).finish())
  return {
    type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
    historySyncNotification: { ...about, initialHistBootstrapInlinePayload: payload }
  }
}

function conversations(accounts: Accounts, past: readonly PastMessage[]): proto.IConversation[] {
  return [...Map.groupBy(past, (message) => message.with)].map(([number, messages]) => {
    const account = accounts.find(number)
    const jid = account === undefined ? `${number}@s.whatsapp.net` : pnJid(account)
    return {
      id: jid,
      name: account?.name ?? null,
      lidJid: account === undefined ? null : lidJid(account),
      messages: messages
        .toSorted((one, other) => other.at - one.at)
        .map(({ id, text, proto: message, info, fromMe, at }) => ({
          message: proto.WebMessageInfo.fromObject({
            ...info,
            key: { remoteJid: jid, fromMe, id },
            message: message ?? { conversation: text ?? "" },
            messageTimestamp: at
          })
        }))
    }
  })
}
