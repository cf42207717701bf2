/**
 * The messages that a phone sends a new companion before its first login: the app state key and the history.
 */
import { proto } from "@whiskeysockets/baileys"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import { historyBootstrap } from "./history-sync.ts"

/** The messages. `registrationId` is that of the phone. */
export function bootstrapMessages(
  accounts: Accounts,
  registrationId: number,
  companion: Device
): proto.Message.IProtocolMessage[] {
  return [keyShare(registrationId, companion), historyBootstrap(accounts, companion.account.history)]
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
