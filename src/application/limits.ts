/** The bounds of the use cases, as the operator has set them. */
import { Context } from "effect"

export interface LimitsShape {
  readonly isRegistrationOpen: boolean
  readonly devicesPerUserMax: number
  /** Devices that a user may add within a day, removed ones included. */
  readonly newDevicesPerDayMax: number
  readonly streamsPerUserMax: number
  /** Pairing codes for one device, and those that one user asks for one number. */
  readonly pairingCodesPerHourMax: number
  readonly newKeysPerDayMax: number
  /** Failed logins and wrong tokens of one client address within a minute. */
  readonly failedLoginsMax: number
  readonly wrongTokensMax: number
  readonly attachmentBytesMax: number
  /** How long WHATSAPP25 clients wait for WhatsApp's ack. */
  readonly sendAckTimeoutMs: number
}

export class Limits extends Context.Service<Limits, LimitsShape>()("bitacora/application/Limits") {}
