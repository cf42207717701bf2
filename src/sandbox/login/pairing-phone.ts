/**
 * A phone, as pairing sees it: it signs the identity of a new companion and sends it its first messages. The simulated
 * phone is people/handset.ts; the interface is here so that login does not depend on people.
 */
import type { BinaryNode, proto } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Device } from "../state/device.ts"
import type { SigningKeys } from "./adv.ts"
import type { PasskeyCredential } from "./passkey-assertion.ts"

/** The phone. */
export interface PairingPhone {
  readonly account: Account
  readonly signingKeys: SigningKeys
  /** The account's passkey, as WhatsApp's server knows it. */
  readonly passkey: PasskeyCredential
  /** What it sends a new companion: the app state key and the history. */
  bootstrapMessages(companion: Device): proto.Message.IProtocolMessage[]
  /** Encrypts a message to one of its companions, without a one-time prekey. */
  encryptForCompanion(companion: Device, message: proto.Message.IProtocolMessage): Promise<BinaryNode>
}
