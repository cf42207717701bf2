/** What a business shows about itself (chats.js getBusinessProfile). */

/** When a business is open on one day of the week. */
export interface OpeningHours {
  /** `sun`, `mon`… */
  readonly day: string
  readonly mode: string
  /** Minutes since midnight, when the mode is `specific_hours`. */
  readonly opensAt?: string | undefined
  readonly closesAt?: string | undefined
}

/** What is missing is not shown. */
export interface BusinessProfile {
  readonly description?: string
  readonly address?: string
  readonly email?: string
  readonly websites?: readonly string[]
  readonly category?: string
  readonly hours?: { readonly timezone: string; readonly days: readonly OpeningHours[] }
}
