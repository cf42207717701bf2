/** The settings of webhooks. */

export interface WebhookSettings {
  /** For one attempt, from the look-up of the name to the end of the answer. */
  readonly timeoutMs: number
  /** The delays between the attempts. */
  readonly delaysMs: readonly number[]
  /** Posts in progress at the same time. */
  readonly inFlightMax: number
  /** A larger file of a message is named by its URL only. */
  readonly fileBytesMax: number
  /** The data types of wwebjs that endpoints of the settings do not get. */
  readonly disabledCallbacks: readonly string[]
  /** The key that endpoints of the settings get as `x-api-key`; undefined where none is set. */
  readonly apiKey: string | undefined
}
