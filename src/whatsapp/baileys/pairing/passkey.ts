/** Some accounts want a new link confirmed with a passkey. Baileys ignores the demand, and the gateway cannot meet it yet. */
import type { WASocket } from "@whiskeysockets/baileys"

/** The first step of the ceremony, and the step after the passkey. */
const DEMANDS = ["passkey_prologue_request", "crsc_continuation"]

export const hearPasskeyDemands = ({ ws }: WASocket, demanded: () => void): void => {
  for (const demand of DEMANDS) ws.on(`CB:notification,type:${demand}`, demanded)
}
