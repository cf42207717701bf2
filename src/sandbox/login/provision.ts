/**
 * Makes the credentials of a paired companion without a socket, so that tests and benchmarks start many devices fast.
 * Baileys' own configureSuccessfulPairing fills them in, so they are the credentials that a pairing leaves behind.
 */
import {
  type AuthenticationCreds,
  configureSuccessfulPairing,
  encodeBigEndian,
  initAuthCreds
} from "@whiskeysockets/baileys"
import type { Accounts } from "../state/accounts.ts"
import { element } from "../wire/stanza.ts"
import { pairSuccess } from "./adv.ts"
import type { Linking } from "./linking.ts"
import type { PairingPhone } from "./pairing-phone.ts"

/** Links a new companion and returns its credentials, ready for a first login. */
export async function provision(
  accounts: Accounts,
  linking: Linking,
  phone: PairingPhone
): Promise<AuthenticationCreds> {
  const creds = initAuthCreds()
  const { signedPreKey, signedIdentityKey, registrationId } = creds
  const companion = accounts.allocateCompanionId(phone.account)
  const claim = { identity: signedIdentityKey.public, advSecret: Buffer.from(creds.advSecretKey, "base64") }
  const success = pairSuccess(phone.account, phone.signingKeys, claim, companion)
  const { creds: paired } = configureSuccessfulPairing(element("iq", { id: "provision" }, [success]), creds)
  const bundle = {
    registrationId: encodeBigEndian(registrationId),
    identity: signedIdentityKey.public,
    signedPreKey: {
      id: encodeBigEndian(signedPreKey.keyId, 3),
      value: signedPreKey.keyPair.public,
      signature: signedPreKey.signature
    }
  }
  await linking.link(phone, { ...companion, noiseKey: creds.noiseKey.public, bundle })
  return { ...creds, ...paired, registered: true }
}
