/**
 * What a person has to do about a device now. What was recorded says what is special; that a QR is to be scanned, or a code to be typed, says
 * itself.
 */
import type { UserAction } from "../events/device.ts"

export type ShownAction = UserAction | "scan" | "enter_code"

/** Of a link that is being made. They mean nothing once it is made, or when its connection has ended. */
const OF_LINK: ReadonlySet<ShownAction> = new Set(["scan_again", "new_code", "passkey", "confirm_code"])
const OF_PASSKEY: ReadonlySet<ShownAction> = new Set(["passkey", "confirm_code"])

export interface Situation {
  readonly state: string
  readonly paired: boolean
  /** As recorded. */
  readonly userAction: UserAction | null
  /** A pairing code is valid. */
  readonly hasCode: boolean
}

export const shownAction = ({ state, paired, userAction, hasCode }: Situation): ShownAction | null => {
  const isOfLink = userAction !== null && OF_LINK.has(userAction)
  if (!paired && state === "LOADING") return isOfLink && OF_PASSKEY.has(userAction) ? userAction : null
  if (!paired && state === "QR") {
    if (userAction !== null && !OF_PASSKEY.has(userAction)) return userAction
    return hasCode ? "enter_code" : "scan"
  }
  return isOfLink ? null : userAction
}
