/**
 * A device of an account, as the server knows it: its public keys, and the stanzas that wait for it. Device 0 is the
 * phone; the others are its companions.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "./account.ts"
import type { BoundedLog } from "./bounded-log.ts"

/** The public half of a one-time prekey. */
export interface PublicKey {
  readonly id: Uint8Array
  readonly value: Uint8Array
}

/** What a sender needs to start a Signal session with a device, one-time prekeys aside. */
export interface KeyBundle {
  readonly registrationId: Uint8Array
  readonly identity: Uint8Array
  readonly signedPreKey: PublicKey & { readonly signature: Uint8Array }
}

/** Receives the stanzas of a device while the device is connected. */
export interface Receiver {
  receive(sequence: number, stanza: BinaryNode): void
}

/** What is needed to add a device. */
export interface NewDevice {
  readonly id: number
  readonly keyIndex: number
  /** The static Noise key that proves a login. Device 0 never logs in and has none. */
  readonly noiseKey: Uint8Array | undefined
  readonly bundle: KeyBundle
}

/** One device. */
export interface Device extends NewDevice {
  readonly account: Account
  bundle: KeyBundle
  readonly oneTimeKeys: PublicKey[]
  /** Stanzas that it has not acknowledged, oldest first. */
  readonly queue: BoundedLog<BinaryNode>
  /** Receives its stanzas now; undefined while the device is not connected. */
  receiver: Receiver | undefined
}

/** The key of a device in every table: number and device id. */
export function deviceKey(device: Pick<Device, "account" | "id">): string {
  return `${device.account.number}:${device.id}`
}
