/**
 * The last step of pairing, by QR and by code alike: `<pair-success>`, the client's signature in return, the device
 * linked, then `stream:error 515`, upon which the client connects again and logs in. Or, for an account that a passkey
 * protects, the demand for one.
 *
 * The demand, as WhatsApp makes it since June 2026 (tulir/whatsmeow#1185 and #1186; WhiskeySockets/Baileys#2689
 * and #2696): `<notification from="s.whatsapp.net" type="passkey_prologue_request" id>
 * <passkey_request_options>` with the JSON of WebAuthn's PublicKeyCredentialRequestOptions. A client that can go on
 * answers with iqs that this network does not know. Should it ever get through, `<notification type="crsc_continuation">
 * <primary_ephemeral_identity>` would follow.
 */
import { randomBytes } from "node:crypto"
import type { Faults } from "../faults/armed-faults.ts"
import type { Handset } from "../people/handset.ts"
import { InvalidRequest } from "../request-errors.ts"
import type { Settings } from "../settings.ts"
import { child, element, SERVER, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Device, World } from "../state/accounts.ts"
import { type CompanionClaim, pairSuccess } from "./adv.ts"
import type { Linking } from "./linking.ts"
import type { Registration, Registrations } from "./registrations.ts"

/** What pairing works with. */
export interface CompletionParts {
  readonly world: World
  readonly registrations: Registrations
  readonly linking: Linking
  readonly faults: Faults
  readonly settings: Settings
}

/** The account demands a passkey; the client was told. */
export class PasskeyDemanded extends Error {
  override readonly message = "the account is protected by a passkey; the client was told so and is not paired"
}

/** Pairs a waiting client with the account of a handset. Fails when the client does not accept, or a passkey is demanded. */
export async function completePairing(
  parts: CompletionParts,
  registration: Registration,
  handset: Handset,
  claim: CompanionClaim
): Promise<Device> {
  const { world, faults, settings, registrations, linking } = parts
  const { account } = handset
  const { connection, bundle } = registration
  if (faults.strike("passkey", account.number) !== undefined) {
    connection.push(passkeyDemand())
    throw new PasskeyDemanded()
  }
  if (world.devices(account).length > settings.companionsMax)
    throw new InvalidRequest(
      `${account.number} has no room for another linked device (${settings.companionsMax} at most)`
    )
  const place = world.takeCompanionId(account)
  const answer = await connection.request(pairSuccess(account, handset.signal.creds, claim, place), {
    xmlns: "md",
    t: unixSeconds()
  })
  if (child(answer, "pair-device-sign") === undefined) throw new InvalidRequest("the client did not sign the pairing")
  registrations.forget(connection)
  const noiseKey = connection.noise.clientStaticKey
  const device = await linking.link(handset, { ...place, noiseKey, bundle })
  connection.goodbye(element("stream:error", { code: "515" }))
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
