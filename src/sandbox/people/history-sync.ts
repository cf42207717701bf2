/**
 * The past, as a phone tells it to a companion: at pairing, and later on demand (history.js, process-message.js). It
 * travels deflated inside the message itself; WhatsApp uploads larger ones, which nothing here needs.
 */
import { deflateSync } from "node:zlib"
import { proto } from "@whiskeysockets/baileys"
import { lidJid, pnJid } from "../state/jid.ts"
import type { PastMessage, World } from "../state/accounts.ts"

/** What a new companion is told: everything, newest first within each chat, as phones do. */
export function historyBootstrap(world: World, past: readonly PastMessage[]): proto.Message.IProtocolMessage {
  return notification(world, past, {
    syncType: proto.Message.HistorySyncType.INITIAL_BOOTSTRAP,
    chunkOrder: 1,
    progress: 100
  })
}

/** The answer to a request for older messages of one chat. */
export function historyOnDemand(
  world: World,
  past: readonly PastMessage[],
  requestId: string
): proto.Message.IProtocolMessage {
  return notification(world, past, {
    syncType: proto.Message.HistorySyncType.ON_DEMAND,
    peerDataRequestSessionId: requestId
  })
}

function notification(
  world: World,
  past: readonly PastMessage[],
  about: proto.Message.IHistorySyncNotification
): proto.Message.IProtocolMessage {
  const sync = proto.HistorySync.fromObject({
    syncType: about.syncType,
    conversations: conversations(world, past),
    phoneNumberToLidMappings: [...new Set(past.map((message) => message.with))].flatMap((number) => {
      const account = world.account(number)
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

function conversations(world: World, past: readonly PastMessage[]): proto.IConversation[] {
  return [...Map.groupBy(past, (message) => message.with)].map(([number, messages]) => {
    const account = world.account(number)
    const jid = account === undefined ? `${number}@s.whatsapp.net` : pnJid(account)
    return {
      id: jid,
      name: account?.name ?? null,
      lidJid: account === undefined ? null : lidJid(account),
      messages: messages
        .toSorted((one, other) => other.at - one.at)
        .map(({ id, text, fromMe, at }) => ({
          message: { key: { remoteJid: jid, fromMe, id }, message: { conversation: text }, messageTimestamp: at }
        }))
    }
  })
}
