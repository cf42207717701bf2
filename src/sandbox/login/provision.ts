/**
 * Credentials of a device that is paired already, made without a socket: for benchmarks, and for starting many devices
 * fast. Baileys' own configureSuccessfulPairing fills them in, so they are what pairing would have left behind.
 */
import {
  type AuthenticationCreds,
  configureSuccessfulPairing,
  encodeBigEndian,
  initAuthCreds
} from "@whiskeysockets/baileys"
import type { Handset } from "../people/handset.ts"
import { element } from "../wire/stanza.ts"
import type { World } from "../state/accounts.ts"
import { pairSuccess } from "./adv.ts"
import type { Linking } from "./linking.ts"

/** Links a new companion and gives its credentials, ready for a first login. */
export async function provision(world: World, linking: Linking, handset: Handset): Promise<AuthenticationCreds> {
  const creds = initAuthCreds()
  const { signedPreKey, signedIdentityKey, registrationId } = creds
  const place = world.takeCompanionId(handset.account)
  const claim = { identity: signedIdentityKey.public, advSecret: Buffer.from(creds.advSecretKey, "base64") }
  const success = pairSuccess(handset.account, handset.signal.creds, claim, place)
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
  await linking.link(handset, { ...place, noiseKey: creds.noiseKey.public, bundle })
  return { ...creds, ...paired, registered: true }
}
