/**
 * The account's signature over a companion's identity (ADV), which makes it a linked device. The companion checks the
 * HMAC under the secret that only the QR, or the pairing code exchange, has told the phone
 * (validate-connection.js configureSuccessfulPairing).
 */
import {
  type AuthenticationCreds,
  type BinaryNode,
  Curve,
  hmacSign,
  proto,
  WA_ADV_ACCOUNT_SIG_PREFIX
} from "@whiskeysockets/baileys"
import { lidJid, pnJid } from "../state/jid.ts"
import { element, unixSeconds } from "../wire/stanza.ts"
import type { Account } from "../state/accounts.ts"

/** What pairing learns about a companion. */
export interface CompanionClaim {
  readonly identity: Uint8Array
  readonly advSecret: Uint8Array
}

/**
 * `<pair-success>` for a companion. `biz` carries the account's name: without it the client has no name, sends no
 * presence, and gives only `inactive` receipts.
 */
export function pairSuccess(
  account: Account,
  signer: AuthenticationCreds,
  claim: CompanionClaim,
  place: { readonly id: number; readonly keyIndex: number }
): BinaryNode {
  return element("pair-success", {}, [
    element("device-identity", {}, signedIdentity(signer, claim, place.keyIndex)),
    element("biz", { name: account.name }),
    element("device", { jid: pnJid(account, place.id), lid: lidJid(account, place.id) }),
    element("platform", { name: "android" })
  ])
}

function signedIdentity(signer: AuthenticationCreds, claim: CompanionClaim, keyIndex: number): Uint8Array {
  const { signedIdentityKey, registrationId } = signer
  const details = proto.ADVDeviceIdentity.encode({
    rawId: registrationId,
    timestamp: Number(unixSeconds()),
    keyIndex,
    accountType: proto.ADVEncryptionType.E2EE,
    deviceType: proto.ADVEncryptionType.E2EE
  }).finish()
  const signed = Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, claim.identity])
  const identity = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: signedIdentityKey.public,
    accountSignature: Curve.sign(signedIdentityKey.private, signed)
  }).finish()
  const hmac = hmacSign(identity, Buffer.from(claim.advSecret))
  return proto.ADVSignedDeviceIdentityHMAC.encode({ details: identity, hmac }).finish()
}
