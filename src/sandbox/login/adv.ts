/**
 * The account's signature over a companion's identity (ADV), which makes it a linked device. The companion checks the
 * HMAC under a secret that it shared with the phone in the QR or in the pairing code exchange
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
import type { Account } from "../state/account.ts"
import { lidJid, pnJid } from "../state/jid.ts"
import { element, unixSeconds } from "../wire/stanza.ts"

/** The keys of a phone with which it signs. */
export type SigningKeys = Pick<AuthenticationCreds, "signedIdentityKey" | "registrationId">

/** What a companion told the phone: its identity key and the ADV secret. */
export interface CompanionClaim {
  readonly identity: Uint8Array
  readonly advSecret: Uint8Array
}

/**
 * `<pair-success>` for a companion. `biz` carries the account's name: a client without a name sends no presence and only
 * `inactive` receipts.
 */
export function pairSuccess(
  account: Account,
  signer: SigningKeys,
  claim: CompanionClaim,
  companion: { readonly id: number; readonly keyIndex: number }
): BinaryNode {
  return element("pair-success", {}, [
    element("device-identity", {}, signedIdentity(signer, claim, companion.keyIndex)),
    element("biz", { name: account.name }),
    element("device", { jid: pnJid(account, companion.id), lid: lidJid(account, companion.id) }),
    element("platform", { name: "android" })
  ])
}

function signedIdentity(signer: SigningKeys, claim: CompanionClaim, keyIndex: number): Uint8Array {
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
