/**
 * The account's signature over a companion's identity (ADV), which makes it a linked device. The companion checks the
 * HMAC under a secret that it shared with the phone in the QR or in the pairing code exchange
 * (validate-connection.js configureSuccessfulPairing).
 */
import {
  type AuthenticationCreds,
  type BinaryNode,
  Curve,
  encodeSignedDeviceIdentity,
  hmacSign,
  type KeyPair,
  proto,
  WA_ADV_ACCOUNT_SIG_PREFIX,
  WA_ADV_DEVICE_SIG_PREFIX
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

/** What a linked device shows beside a new session: signed by the account and by itself. */
export function linkedIdentity(signer: SigningKeys, own: KeyPair, keyIndex: number): Uint8Array {
  const identity = signedFor(signer, own.public, keyIndex)
  const { details, accountSignatureKey } = identity
  const signed = Buffer.concat([WA_ADV_DEVICE_SIG_PREFIX, details, own.public, accountSignatureKey])
  return encodeSignedDeviceIdentity({ ...identity, deviceSignature: Curve.sign(own.private, signed) }, true)
}

/**
 * Whether this is what a linked device of the account with this identity key shows. The signatures are not checked: `Curve.verify` of
 * Baileys 7.0.0-rc14 takes any.
 */
export function isIdentityOf(account: Uint8Array, identity: Uint8Array): boolean {
  const { details, accountSignatureKey, accountSignature, deviceSignature } =
    proto.ADVSignedDeviceIdentity.decode(identity)
  if (!details || !accountSignatureKey || !accountSignature || !deviceSignature) return false
  return Buffer.from(account).equals(accountSignatureKey)
}

function signedIdentity(signer: SigningKeys, claim: CompanionClaim, keyIndex: number): Uint8Array {
  const identity = proto.ADVSignedDeviceIdentity.encode(signedFor(signer, claim.identity, keyIndex)).finish()
  const hmac = hmacSign(identity, Buffer.from(claim.advSecret))
  return proto.ADVSignedDeviceIdentityHMAC.encode({ details: identity, hmac }).finish()
}

/** The account's signature for the device with this identity key. */
function signedFor({ signedIdentityKey, registrationId }: SigningKeys, device: Uint8Array, keyIndex: number) {
  const details = proto.ADVDeviceIdentity.encode({
    rawId: registrationId,
    timestamp: Number(unixSeconds()),
    keyIndex,
    accountType: proto.ADVEncryptionType.E2EE,
    deviceType: proto.ADVEncryptionType.E2EE
  }).finish()
  const signed = Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, device])
  const accountSignature = Curve.sign(signedIdentityKey.private, signed)
  return { details, accountSignatureKey: signedIdentityKey.public, accountSignature }
}
