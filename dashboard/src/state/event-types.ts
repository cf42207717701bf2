/** The types of events that the dashboard knows by name (docs/EVENTS.md). */

/** Of a device and its connection. */
export const STATES: readonly string[] = [
  "device.registered",
  "connection.requested",
  "connection.login_started",
  "connection.restarted",
  "connection.opened",
  "sync.progressed",
  "connection.lost",
  "connection.retried",
  "connection.abandoned",
  "connection.interrupted",
  "connection.closed",
  "account.reachout_locked",
  "account.reachout_unlocked",
  "account.new_chat_cap_changed",
  "device.logged_out",
  "device.expired",
  "device.removed"
]

/** Of linking. */
export const LINKING: readonly string[] = [
  "pairing.qr_issued",
  "pairing.code_issued",
  "pairing.qr_redrawn",
  "pairing.code_ended",
  "pairing.passkey_requested",
  "pairing.passkey_answered",
  "pairing.confirm_code_issued",
  "pairing.passkey_confirmed",
  "pairing.passkey_failed",
  "pairing.expired",
  "pairing.mismatched",
  "device.paired"
]

export const NEW_MESSAGES: readonly string[] = ["message.queued", "message.received"]

export const MESSAGES: readonly string[] = [
  ...NEW_MESSAGES,
  "message.sent",
  "message.delivered",
  "message.read",
  "message.played",
  "message.failed",
  "message.resent",
  "message.edited",
  "message.revoked",
  "message.reacted"
]

/** Of chats, of people's names, and of what is in chats. */
export const CONVERSATIONS: readonly string[] = [
  ...MESSAGES,
  "message.voted",
  "message.answered",
  "message.pinned",
  "message.kept",
  "message.starred",
  "message.hidden",
  "history.synced",
  "chat.synced",
  "chat.updated",
  "chat.deleted",
  "chat.cleared",
  "contact.synced",
  "contact.updated",
  "group.synced",
  "group.updated",
  "content.erased"
]
