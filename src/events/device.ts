/**
 * What happens to a device: the events of the stream `device/<id>`, which are also the events of the device's machine.
 *
 * Codes and reasons are WhatsApp's, with Baileys' names (DisconnectReason). QR texts and pairing codes are secrets and are not recorded:
 * only how many were issued, and when the last one expires. Times in data are epoch milliseconds.
 */
import { Schema } from "effect"
import { defineEvent, type EventOf } from "./definition.ts"
import { DeviceId, UserId } from "./ids.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Time = Count

/** The owner of a device: a user, or the operator. */
export const Owner = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("user"), userId: UserId, number: Count }),
  Schema.Struct({ kind: Schema.Literal("operator") })
])
export type Owner = typeof Owner.Type

/** Who requested something: a user of the API, the operator, or the gateway itself (boot, timers). */
export const Requester = Schema.Literals(["user", "operator", "gateway"])
export type Requester = typeof Requester.Type

/**
 * What a person has to do: about a device in ERROR, about a network that drops every connection (`check_network`: the gateway goes on by
 * itself), or to go on with a link. `confirm_passkey` is of a release that could not do it.
 */
export const UserAction = Schema.Literals([
  "relogin",
  "restart",
  "wait",
  "upgrade",
  "take_over",
  "confirm_passkey",
  "check_network",
  "scan_again",
  "new_code",
  "passkey",
  "confirm_code"
])
export type UserAction = typeof UserAction.Type

export const DeviceRegistered = defineEvent(
  "device.registered",
  1,
  Schema.Struct({
    deviceId: DeviceId,
    deviceNumber: Count,
    owner: Owner,
    number: Schema.NullOr(Schema.String),
    sessionId: Schema.NullOr(Schema.String),
    name: Schema.NullOr(Schema.String)
  }),
  "A client added a device. `number` is the telephone number that it is expected to link, if the client named one."
)

export const ConnectionRequested = defineEvent(
  "connection.requested",
  1,
  Schema.Struct({ by: Requester, takeOver: Schema.optionalKey(Schema.Boolean) }),
  "A client or the gateway wants the device connected. A socket is opened; a scheduled retry happens now."
)

export const PairingQrIssued = defineEvent(
  "pairing.qr_issued",
  1,
  Schema.Struct({ count: Count, expiresAt: Time }),
  "WhatsApp issued a QR to scan. Its text is not recorded; live streams get it in a separate frame."
)

export const PairingCodeIssued = defineEvent(
  "pairing.code_issued",
  1,
  Schema.Struct({ expiresAt: Time }),
  "WhatsApp issued a pairing code to type into the phone. The code itself is not recorded."
)

/** Why the secret in a QR was given up. */
export const RedrawReason = Schema.Literals(["refused", "code_ended"])
export type RedrawReason = typeof RedrawReason.Type

export const PairingQrRedrawn = defineEvent(
  "pairing.qr_redrawn",
  1,
  Schema.Struct({ expiresAt: Time, reason: RedrawReason }),
  "A QR with a new secret replaced the one that was shown. It expires at the same time and does not count towards the QRs of the round. `refused`: the phone refused the secret and has to scan again; `code_ended`: a phone had answered a pairing code, and the link failed."
)

/** Why a pairing code ended before its time. */
export const CodeEnd = Schema.Literals(["refresh_asked", "refused", "unanswered"])
export type CodeEnd = typeof CodeEnd.Type

export const PairingCodeEnded = defineEvent(
  "pairing.code_ended",
  1,
  Schema.Struct({ reason: CodeEnd, code: Schema.optionalKey(Schema.Int) }),
  "A pairing code ended before it expired: WhatsApp asked for a new one (`refresh_asked`), refused the link after the code was typed (`refused`, with WhatsApp's `code`), or sent nothing within a minute (`unanswered`: another code was typed)."
)

export const PairingPasskeyRequested = defineEvent(
  "pairing.passkey_requested",
  1,
  Schema.Struct({ expiresAt: Time }),
  "A passkey protects the account: its owner has to sign a challenge. The challenge is not recorded."
)

export const PairingPasskeyAnswered = defineEvent(
  "pairing.passkey_answered",
  1,
  Schema.Struct({}),
  "A client gave the passkey's signature. The gateway sends it to WhatsApp, and the phone continues. The signature is not recorded."
)

export const PairingConfirmCodeIssued = defineEvent(
  "pairing.confirm_code_issued",
  1,
  Schema.Struct({ expiresAt: Time }),
  "A person has to compare a code with the one on the phone. The code is not recorded."
)

export const PairingPasskeyConfirmed = defineEvent(
  "pairing.passkey_confirmed",
  1,
  Schema.Struct({}),
  "A person confirmed that the codes are the same. The gateway sends its keys to the phone, which signs them."
)

/** Why a link with a passkey failed. */
export const PasskeyFailure = Schema.Literals([
  "unusable_challenge",
  "expired",
  "refused",
  "no_continuation",
  "bad_continuation",
  "not_confirmed",
  "code_differs",
  "not_completed"
])
export type PasskeyFailure = typeof PasskeyFailure.Type

export const PairingPasskeyFailed = defineEvent(
  "pairing.passkey_failed",
  1,
  Schema.Struct({ reason: PasskeyFailure, code: Schema.optionalKey(Schema.Int) }),
  "A link with a passkey failed. Either WhatsApp sends another challenge, or the gateway reconnects and the QR has to be scanned again. `code` is WhatsApp's, if it refused."
)

export const DevicePaired = defineEvent(
  "device.paired",
  1,
  Schema.Struct({
    number: Schema.String,
    jid: Schema.String,
    lid: Schema.NullOr(Schema.String),
    platform: Schema.NullOr(Schema.String)
  }),
  "A phone linked this device. WhatsApp restarts the connection, and a login follows."
)

export const ConnectionLoginStarted = defineEvent(
  "connection.login_started",
  1,
  Schema.Struct({}),
  "WhatsApp accepted the socket, and the gateway logs in with the stored credentials."
)

export const ConnectionRestarted = defineEvent(
  "connection.restarted",
  1,
  Schema.Struct({ code: Schema.Int, reason: Schema.String }),
  "The connection was closed and is opened again at once: after pairing (515), for a new round of QRs, or after a link with a passkey that failed. This is not a failure."
)

export const ConnectionOpened = defineEvent(
  "connection.opened",
  1,
  Schema.Struct({}),
  "The device is connected, and can send and receive."
)

export const SyncProgressed = defineEvent(
  "sync.progressed",
  1,
  Schema.Struct({ percent: Count.check(Schema.isLessThanOrEqualTo(100)) }),
  "The phone sent a part of its history. Recorded at most once for each 10 %."
)

export const ConnectionLost = defineEvent(
  "connection.lost",
  1,
  Schema.Struct({
    code: Schema.Int,
    reason: Schema.String,
    attempt: Count,
    retryInMs: Count,
    openMs: Schema.optionalKey(Count)
  }),
  "The connection was lost or could not be opened. The gateway retries after `retryInMs`, a delay that is drawn once and recorded. `openMs`: how long the connection was open, in elapsed time."
)

export const ConnectionRetried = defineEvent(
  "connection.retried",
  1,
  Schema.Struct({ attempt: Count }),
  "The retry delay is over. A new socket is opened."
)

export const ConnectionAbandoned = defineEvent(
  "connection.abandoned",
  1,
  Schema.Struct({
    code: Schema.Int,
    reason: Schema.String,
    userAction: UserAction,
    endsAt: Schema.optionalKey(Time)
  }),
  "The gateway stopped retrying: for example banned, replaced twice or outdated. `userAction` tells what a person can do."
)

export const ConnectionInterrupted = defineEvent(
  "connection.interrupted",
  1,
  Schema.Struct({ cause: Schema.Literals(["shutdown", "restart", "crash"]) }),
  "The gateway itself ended the connection: by a shutdown, by a restart that a client requested, or by a crash (recorded at the next start)."
)

export const ConnectionClosed = defineEvent(
  "connection.closed",
  1,
  Schema.Struct({ by: Requester }),
  "A client disconnected the device. It keeps its credentials and stays disconnected until a client connects it."
)

export const PairingExpired = defineEvent(
  "pairing.expired",
  1,
  Schema.Struct({ qrIssued: Count }),
  "No phone scanned: the last QR of the last round expired."
)

export const PairingMismatched = defineEvent(
  "pairing.mismatched",
  1,
  Schema.Struct({ expected: Schema.String, actual: Schema.String }),
  "A phone with another number linked the device. The gateway logs it out at WhatsApp and deletes its credentials."
)

/** Why WhatsApp keeps an account from writing to new people: `WEB_COMPANION_ONLY`, `BIZ_QUALITY`, and others of WhatsApp's own words. */
const LockKind = Schema.String

export const AccountReachoutLocked = defineEvent(
  "account.reachout_locked",
  1,
  Schema.Struct({ kind: LockKind, until: Time }),
  "WhatsApp lets the account write only to people whom it has a chat with, until `until`. Until then the gateway refuses a first message to others itself, because each attempt makes WhatsApp stricter. `kind` is WhatsApp's word for the reason."
)

export const AccountReachoutUnlocked = defineEvent(
  "account.reachout_unlocked",
  1,
  Schema.Struct({}),
  "WhatsApp lets the account write to new people again, earlier than announced."
)

/** How close the account is to the cap, in WhatsApp's words: `NONE`, `FIRST_WARNING`, `SECOND_WARNING`, `CAPPED`. */
export const NewChatCap = Schema.Struct({
  status: Schema.String,
  used: Schema.NullOr(Count),
  total: Schema.NullOr(Count),
  cycleStartsAt: Schema.NullOr(Time),
  cycleEndsAt: Schema.NullOr(Time)
})
export type NewChatCap = typeof NewChatCap.Type

export const AccountNewChatCapChanged = defineEvent(
  "account.new_chat_cap_changed",
  1,
  NewChatCap,
  "WhatsApp said how many new chats the account may begin in a cycle (`total`), how many it has begun (`used`), and how close it is to the cap (`status`: `NONE`, `FIRST_WARNING`, `SECOND_WARNING` or `CAPPED`)."
)

export const DeviceLoggedOut = defineEvent(
  "device.logged_out",
  1,
  Schema.Struct({
    by: Schema.Literals(["user", "operator", "whatsapp"]),
    code: Schema.optionalKey(Schema.Int),
    /** Whether WhatsApp was told of the logout; false if the device was not connected. Absent if WhatsApp ended the link. */
    unlinked: Schema.optionalKey(Schema.Boolean)
  }),
  "The user, the operator, the phone or WhatsApp ended the link. The credentials were deleted in the same transaction."
)

export const DeviceExpired = defineEvent(
  "device.expired",
  1,
  Schema.Struct({ ageMs: Count }),
  "A device that never connected was removed because of its age."
)

export const DeviceRemoved = defineEvent(
  "device.removed",
  1,
  Schema.Struct({ by: Requester, unlinked: Schema.Boolean }),
  "A client or the gateway removed the device. Its credentials were deleted. `unlinked`: WhatsApp confirmed the logout."
)

export const deviceEvents = [
  DeviceRegistered,
  ConnectionRequested,
  PairingQrIssued,
  PairingCodeIssued,
  PairingQrRedrawn,
  PairingCodeEnded,
  PairingPasskeyRequested,
  PairingPasskeyAnswered,
  PairingConfirmCodeIssued,
  PairingPasskeyConfirmed,
  PairingPasskeyFailed,
  DevicePaired,
  ConnectionLoginStarted,
  ConnectionRestarted,
  ConnectionOpened,
  SyncProgressed,
  ConnectionLost,
  ConnectionRetried,
  ConnectionAbandoned,
  ConnectionInterrupted,
  ConnectionClosed,
  PairingExpired,
  PairingMismatched,
  AccountReachoutLocked,
  AccountReachoutUnlocked,
  AccountNewChatCapChanged,
  DeviceLoggedOut,
  DeviceExpired,
  DeviceRemoved
] as const

export type DeviceEvent = EventOf<(typeof deviceEvents)[number]>
