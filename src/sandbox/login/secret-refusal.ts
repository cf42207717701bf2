/**
 * The refusal of an ADV secret. The phone tells its user to try again, and the server asks the client for a new secret with a
 * `companion_reg_refresh` notification. WhatsApp Web takes either of two children, and ignores a notification with neither.
 */
import type { SecretRefusal } from "../faults/fault.ts"
import { InvalidRequest } from "../request-errors.ts"
import { element } from "../wire/stanza.ts"
import type { CompletionParts } from "./complete-pairing.ts"
import type { Registration } from "./registrations.ts"

/** Refuses the scan when the fault `refuse_secret` is armed. With no child in the notice, the same QR links later. */
export function refuseSecret(
  parts: CompletionParts,
  registration: Registration,
  { number, secret }: { readonly number: string; readonly secret: string }
): void {
  const fault = parts.faults.trigger("refuse_secret", number)
  if (fault === undefined) return
  const { child = "companion_reg_refresh" } = fault
  if (child !== "none") registration.retiredSecrets.add(secret)
  askForNewSecret(parts, registration, child)
  throw new InvalidRequest("the phone could not link the device; try again")
}

/** Sends the notification. `none`: it holds nothing. */
export function askForNewSecret(
  { notices }: CompletionParts,
  { connection }: Registration,
  child: SecretRefusal["child"] & string
): void {
  notices.push(connection, "companion_reg_refresh", child === "none" ? undefined : [element(child)])
}
