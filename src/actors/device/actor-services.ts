/** What a device actor is given: the store, WhatsApp, and its bounds. */
import type { DeviceRef } from "../device-ref.ts"
import type { WhatsAppShape } from "../../whatsapp/whatsapp.ts"
import type { DeviceStore } from "./device-stream.ts"
import type { RetryPauses } from "./disconnect-policy.ts"
import type { PresenceSeen } from "../../whatsapp/roster.ts"
import type { MessagingServices, MessagingSettings } from "./messages/messaging.ts"
import type { RosterServices } from "./roster/roster-stream.ts"

export interface ActorSettings extends MessagingSettings {
  /** Commands that may wait for one device. */
  readonly mailboxMax: number
  /** Signals that may wait before the socket is closed until they are handled. */
  readonly signalsMax: number
  /** While the store is away, the socket is kept open for so long. */
  readonly storePatienceMs: number
  readonly retryPauses: RetryPauses
  /** Each step of opening a connection may take so long. */
  readonly openingTimeoutMs: number
  /** A device that never connected is cleaned up at this age. */
  readonly deviceExpiresMs: number
}

export interface ActorServices extends DeviceStore, MessagingServices, RosterServices {
  readonly whatsapp: WhatsAppShape
  readonly settings: ActorSettings
  /** Called when there is a new QR or pairing code to show, which the log does not hold. */
  readonly secretShown: (device: DeviceRef) => void
  /** Called with what people do in chats that are watched, which the log does not hold. */
  readonly presenceSeen: (device: DeviceRef, presence: PresenceSeen) => void
}
