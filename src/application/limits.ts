/** The limits of the use cases, as the operator set them. */
import { Context } from "effect"

export interface LimitsShape {
  readonly isRegistrationOpen: boolean
  readonly devicesPerUserMax: number
  /** Devices that a user may add within a day, including removed ones. */
  readonly newDevicesPerDayMax: number
  readonly streamsPerUserMax: number
  /** Pairing codes within an hour: for one device, and from one user for one number. */
  readonly pairingCodesPerHourMax: number
  readonly newKeysPerDayMax: number
  /** Failed logins of one client address within a minute, and wrong tokens. */
  readonly failedLoginsMax: number
  readonly wrongTokensMax: number
  readonly attachmentBytesMax: number
  /** Webhooks that a user, or the operator, may have. */
  readonly webhooksPerUserMax: number
  /** The third part of the version of WhatsApp Web that the operator has fixed. */
  readonly version: number | undefined
  /** How long a WHATSAPP25 request waits for WhatsApp's ack. */
  readonly sendAckTimeoutMs: number
}

export class Limits extends Context.Service<Limits, LimitsShape>()("bitacora/application/Limits") {}
