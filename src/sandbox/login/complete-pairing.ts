/**
 * The last step of pairing, by QR and by code: the server sends `<pair-success>`, the client answers with its signature,
 * the device is linked, and `stream:error 515` makes the client connect again and log in. For an account that a passkey
 * protects (fault `passkey`), the server demands the passkey instead.
 *
 * WhatsApp demands passkeys since June 2026 (tulir/whatsmeow#1185 and #1186; WhiskeySockets/Baileys#2689 and #2696):
 * `<notification from="s.whatsapp.net" type="passkey_prologue_request" id><passkey_request_options>` with the JSON of
 * WebAuthn's PublicKeyCredentialRequestOptions. This network ends there: it understands neither the iqs with which a
 * client would answer nor the `<notification type="crsc_continuation"><primary_ephemeral_identity>` that would follow.
 */
import { randomBytes } from "node:crypto"
import type { ArmedFaults } from "../faults/armed-faults.ts"
import { InvalidRequest } from "../request-errors.ts"
import type { Settings } from "../settings.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import { child, element, SERVER, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import { type CompanionClaim, pairSuccess } from "./adv.ts"
import type { Linking } from "./linking.ts"
import type { PairingPhone } from "./pairing-phone.ts"
import type { Registration, Registrations } from "./registrations.ts"

/** What pairing needs. */
export interface CompletionParts {
  readonly accounts: Accounts
  readonly registrations: Registrations
  readonly linking: Linking
  readonly faults: ArmedFaults
  readonly settings: Settings
}

/** The account demands a passkey. The client has the demand and is not paired. */
export class PasskeyDemanded extends Error {
  override readonly message = "a passkey protects the account; the client has been asked for it and is not paired"
}

/** Pairs a client with the account of a phone. Fails when the client does not accept, or a passkey is demanded. */
export async function completePairing(
  parts: CompletionParts,
  registration: Registration,
  phone: PairingPhone,
  claim: CompanionClaim
): Promise<Device> {
  const { accounts, faults, settings, registrations, linking } = parts
  const { account } = phone
  const { connection, bundle } = registration
  if (faults.trigger("passkey", account.number) !== undefined) {
    connection.push(passkeyDemand())
    throw new PasskeyDemanded()
  }
  if (accounts.devices(account).length > settings.companionsMax)
    throw new InvalidRequest(
      `${account.number} has no room for another linked device (${settings.companionsMax} at most)`
    )
  const companion = accounts.allocateCompanionId(account)
  const answer = await connection.request(pairSuccess(account, phone.signingKeys, claim, companion), {
    xmlns: "md",
    t: unixSeconds()
  })
  if (child(answer, "pair-device-sign") === undefined) throw new InvalidRequest("the client did not sign the pairing")
  registrations.remove(connection)
  const noiseKey = connection.noise.clientStaticKey
  const device = await linking.link(phone, { ...companion, noiseKey, bundle })
  connection.closeWith(element("stream:error", { code: "515" }))
  return device
}

function passkeyDemand() {
  const options = {
    challenge: randomBytes(32).toString("base64url"),
    timeout: 600_000,
    rpId: "whatsapp.com",
    allowCredentials: [],
    userVerification: "required",
    extensions: { uvm: true }
  }
  const attrs = { from: SERVER, type: "passkey_prologue_request", id: serverStanzaId(), t: unixSeconds() }
  const json = Buffer.from(JSON.stringify(options))
  return element("notification", attrs, [element("passkey_request_options", {}, json)])
}
