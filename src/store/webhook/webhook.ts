/** A webhook endpoint. */
import type { DeviceId, WebhookId } from "../../events/ids.ts"
import type { DisabledReason, WebhookFormat } from "../../events/webhook.ts"

export interface WebhookSecret {
  /** `whsec_` and the key in base64. */
  readonly text: string
  /** Epoch milliseconds; null for the current secret. */
  readonly validUntil: number | null
}

export interface WebhookSettings {
  readonly url: string
  readonly format: WebhookFormat
  /** The devices to tell about; null for all devices of the owner. */
  readonly devices: readonly DeviceId[] | null
  /** The event types to tell about; null for all that the format knows. */
  readonly types: readonly string[] | null
  readonly headers: Readonly<Record<string, string>>
}

export interface Webhook extends WebhookSettings {
  readonly id: WebhookId
  /** The owner's user number; OPERATOR for the operator's. */
  readonly owner: number
  /** The setting, or the fixed place, that the endpoint belongs to; null for an endpoint of /v1. */
  readonly slot: string | null
  /** The URL comes from the operator's settings. */
  readonly isTrusted: boolean
  /** The current one first. */
  readonly secrets: readonly WebhookSecret[]
  readonly isEnabled: boolean
  readonly disabledReason: DisabledReason | null
  /** Epoch milliseconds, like the two below. */
  readonly disabledAt: number | null
  /** When the first of its latest failures was; null after a success. */
  readonly failingSince: number | null
  readonly createdAt: number
  readonly replay: Replay | null
}

export interface Replay {
  readonly upTo: number
  readonly undelivered: boolean
}
