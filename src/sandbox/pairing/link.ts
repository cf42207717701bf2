/**
 * Adding a companion to an account, and removing one. What a phone sends a new companion — the app state key and an
 * inline history bootstrap — is queued here and now, before the companion's first login, and encrypted without a
 * one-time prekey: a companion replaces its prekeys at that login, and one that arrived later under an old prekey would
 * die with `Invalid PreKey ID`.
 */
import { deflateSync } from "node:zlib"
import { proto } from "@whiskeysockets/baileys"
import { lidJid, pnJid } from "../address.ts"
import type { Connections } from "../connections.ts"
import type { Delivery } from "../delivery.ts"
import { announceDevice } from "../device-list.ts"
import type { Handset } from "../handset.ts"
import { element, phoneMessageId, unixSeconds } from "../stanza.ts"
import type { Counters } from "../stats.ts"
import type { Device, HistoryMessage, NewDevice, World } from "../world.ts"

export class Linking {
  readonly #world: World
  readonly #delivery: Delivery
  readonly #connections: Connections
  readonly #counters: Counters

  constructor(world: World, delivery: Delivery, connections: Connections, counters: Counters) {
    this.#world = world
    this.#delivery = delivery
    this.#connections = connections
    this.#counters = counters
  }

  /** Adds a companion. From here on it can log in. */
  async link(handset: Handset, newDevice: NewDevice): Promise<Device> {
    const device = this.#world.addDevice(handset.account, newDevice)
    for (const protocolMessage of [this.#keyShare(handset, device), this.#historyBootstrap(handset.account.history)]) {
      const enc = await handset.signal.encrypt(device, { protocolMessage }, () => undefined)
      const from = pnJid(handset.account)
      const attrs = { id: phoneMessageId(), from, type: "text", category: "peer", t: unixSeconds() }
      this.#delivery.deliver(device, element("message", { ...attrs, notify: handset.account.name }, [enc]))
    }
    announceDevice(this.#world, this.#delivery, "add", device)
    this.#counters.pairings++
    return device
  }

  /** Removes a companion for good: its sockets end with 401 device_removed, and so does every later login. */
  unlink(device: Device): void {
    this.#world.removeDevice(device)
    for (const connection of this.#connections.of(device)) {
      const conflict = element("conflict", { type: "device_removed" })
      connection.goodbye(element("stream:error", { code: "401" }, [conflict]))
    }
    announceDevice(this.#world, this.#delivery, "remove", device)
  }

  #keyShare(handset: Handset, device: Device): proto.Message.IProtocolMessage {
    const { id, data } = handset.account.appStateKey
    const fingerprint = {
      rawId: handset.signal.creds.registrationId,
      currentIndex: 0,
      deviceIndexes: [0, device.keyIndex]
    }
    const keyData = { keyData: data, timestamp: Date.now(), fingerprint }
    return {
      type: proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE,
      appStateSyncKeyShare: { keys: [{ keyId: { keyId: id }, keyData }] }
    }
  }

  #historyBootstrap(history: readonly HistoryMessage[]): proto.Message.IProtocolMessage {
    const { HistorySyncType } = proto.HistorySync
    const sync = proto.HistorySync.fromObject({
      syncType: HistorySyncType.INITIAL_BOOTSTRAP,
      conversations: this.#conversations(history),
      phoneNumberToLidMappings: [...new Set(history.map((message) => message.with))].flatMap((number) => {
        const account = this.#world.account(number)
        return account === undefined ? [] : [{ pnJid: pnJid(account), lidJid: lidJid(account) }]
      }),
      progress: 100,
      chunkOrder: 1
    })
    return {
      type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        syncType: proto.Message.HistorySyncType.INITIAL_BOOTSTRAP,
        chunkOrder: 1,
        progress: 100,
        initialHistBootstrapInlinePayload: deflateSync(proto.HistorySync.encode(sync).finish())
      }
    }
  }

  #conversations(history: readonly HistoryMessage[]): proto.IConversation[] {
    return [...Map.groupBy(history, (message) => message.with)].map(([number, messages]) => {
      const account = this.#world.account(number)
      const jid = account === undefined ? `${number}@s.whatsapp.net` : pnJid(account)
      return {
        id: jid,
        name: account?.name ?? null,
        lidJid: account === undefined ? null : lidJid(account),
        messages: messages.toReversed().map(({ text, fromMe = false, at = Number(unixSeconds()) }) => ({
          message: {
            key: { remoteJid: jid, fromMe, id: phoneMessageId() },
            message: { conversation: text },
            messageTimestamp: at
          }
        }))
      }
    })
  }
}
