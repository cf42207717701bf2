/**
 * The messages that a phone sends a new companion before its first login: the app state key and the history.
 */
import { proto } from "@whiskeysockets/baileys"
import type { Device } from "../state/device.ts"
import { historyBootstrap } from "./history-sync.ts"

/** The messages. `registrationId` is that of the phone. */
export function bootstrapMessages(registrationId: number, companion: Device): proto.Message.IProtocolMessage[] {
  return [keyShare(registrationId, companion), historyBootstrap(companion.account)]
}

function keyShare(registrationId: number, { account, keyIndex }: Device): proto.Message.IProtocolMessage {
  const { id, data } = account.appStateKey
  const fingerprint = { rawId: registrationId, currentIndex: 0, deviceIndexes: [0, keyIndex] }
  const keyData = { keyData: data, timestamp: Date.now(), fingerprint }
  return {
    type: proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE,
    appStateSyncKeyShare: { keys: [{ keyId: { keyId: id }, keyData }] }
  }
}
