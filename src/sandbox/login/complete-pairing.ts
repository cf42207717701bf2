/**
 * The last step of pairing, by QR and by code: the server sends `<pair-success>`, the client answers with its signature,
 * the device is linked, and `stream:error 515` makes the client connect again and log in. For an account that a passkey
 * protects (fault `passkey`), the server demands the passkey instead (passkey-ceremony.ts).
 */
import { randomBytes } from "node:crypto"
import type { ArmedFaults } from "../faults/armed-faults.ts"
import { InvalidRequest } from "../request-errors.ts"
import type { Settings } from "../settings.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import { child, element, unixSeconds } from "../wire/stanza.ts"
import { type CompanionClaim, pairSuccess } from "./adv.ts"
import type { Linking } from "./linking.ts"
import type { Notices } from "./notices.ts"
import type { PairingPhone } from "./pairing-phone.ts"
import { PasskeyCeremony, pushContinuation } from "./passkey-ceremony.ts"
import type { Registration, Registrations } from "./registrations.ts"
import type { WebVersions } from "./web-versions.ts"

/** What pairing needs. */
export interface CompletionParts {
  readonly accounts: Accounts
  readonly registrations: Registrations
  readonly linking: Linking
  readonly faults: ArmedFaults
  readonly notices: Notices
  readonly versions: WebVersions
  readonly settings: Settings
}

/** The account demands a passkey. The client has the demand and is not paired. */
export class PasskeyDemanded extends Error {
  override readonly message = "a passkey protects the account; the client has been asked for it and is not paired"
}

/**
 * Pairs a client with the account of a phone. Fails when the client does not accept, or a passkey is demanded. A claim without
 * a secret is that of a phone that has to see the passkey before it takes part.
 */
export async function completePairing(
  parts: CompletionParts,
  registration: Registration,
  phone: PairingPhone,
  claim: Omit<CompanionClaim, "advSecret"> & { readonly advSecret: Uint8Array | undefined }
): Promise<Device> {
  const { faults, notices } = parts
  const { number } = phone.account
  if (faults.trigger("unasked_continuation", number) !== undefined)
    pushContinuation(notices, registration, randomBytes(32), randomBytes(32))
  const fault = faults.trigger("passkey", number)
  if (fault !== undefined) {
    registration.ceremony = new PasskeyCeremony(parts, registration, phone, claim.advSecret)
    registration.ceremony.demand(fault.variant, fault.ms)
    throw new PasskeyDemanded()
  }
  if (claim.advSecret === undefined) throw new InvalidRequest("the phone could not link the device; try again")
  return signLink(parts, registration, phone, { ...claim, advSecret: claim.advSecret })
}

/** The phone refuses a client whose version of WhatsApp Web it does not link any more, and the client hears nothing of it. */
export function checkVersion({ versions }: CompletionParts, { version }: Registration): void {
  if (!versions.mayBeLinked(version))
    throw new InvalidRequest("the phone could not link the device: its version of WhatsApp Web is too old")
}

/** The phone signs the client's keys, the client takes the signature, and is linked. */
export async function signLink(
  parts: CompletionParts,
  registration: Registration,
  phone: PairingPhone,
  claim: CompanionClaim
): Promise<Device> {
  const { accounts, settings, registrations, linking } = parts
  const { account } = phone
  const { connection, bundle } = registration
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
