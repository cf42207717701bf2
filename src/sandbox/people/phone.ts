/**
 * A phone whose account is linked to gateways: it scans QRs, enters codes, removes companions, and is itself a device
 * of the account that gets and sends everything its companions do.
 */
import type { AuthenticationCreds } from "@whiskeysockets/baileys"
import type { Handset } from "./handset.ts"
import { enterCode } from "../login/pairing-code.ts"
import { type CompletionParts, PasskeyDemanded } from "../login/complete-pairing.ts"
import { provision } from "../login/provision.ts"
import { scanQr } from "../login/qr.ts"
import { Person, type PersonParts } from "./person.ts"
import { InvalidRequest } from "../request-errors.ts"
import { phoneMessageId, unixSeconds } from "../wire/stanza.ts"
import type { Device, PastMessage } from "../state/accounts.ts"

/** A linked device. */
export interface Companion {
  readonly id: number
  /** Whether it is connected and takes part. */
  readonly connected: boolean
  /** Stanzas that wait for it, or that it has not acknowledged. */
  readonly waiting: number
}

/** One message of the past. */
export type HistoryMessage = Pick<PastMessage, "with" | "text"> & Partial<Pick<PastMessage, "fromMe" | "at">>

/** How a pairing ended on the phone's side. */
export type PairingOutcome = { readonly device: number } | { readonly passkey: true }

/** A phone, as `network.phone(number)` gives it. */
export class Phone extends Person {
  readonly #completion: CompletionParts

  constructor(handset: Handset, parts: PersonParts, completion: CompletionParts) {
    super(handset, parts)
    this.#completion = completion
  }

  /** Sets what its companions are told of the past: a new one everything, others what they ask for. */
  setHistory(history: readonly HistoryMessage[]): void {
    const now = Number(unixSeconds())
    const past = (message: HistoryMessage): PastMessage => ({
      id: phoneMessageId(),
      fromMe: false,
      at: now,
      ...message
    })
    this.handset.account.history = history.map((message) => past(message))
    this.parts.world.saveAccount(this.handset.account)
  }

  /** Its linked devices. */
  get companions(): Companion[] {
    return this.#companions().map(({ id, receiver, queue }) => ({
      id,
      connected: receiver !== undefined,
      waiting: queue.size
    }))
  }

  /** Scans a QR, as text or as a PNG data URL. Resolves when the client is paired or was told to bring a passkey. */
  async scanQr(qr: string): Promise<PairingOutcome> {
    return this.#pair(() => scanQr(this.#completion, this.handset, qr))
  }

  /** Enters a pairing code that a client shows for this number. Fails on a wrong code. */
  async enterCode(code: string): Promise<PairingOutcome> {
    return this.#pair(() => enterCode(this.#completion, this.handset, code))
  }

  /** Links a companion without a socket and gives its credentials, ready for a first login. */
  provision(): Promise<AuthenticationCreds> {
    const { world, linking } = this.#completion
    return provision(world, linking, this.handset)
  }

  /** Removes one companion, or all of them, for good. */
  removeCompanion(id?: number): void {
    const removed = this.#companions().filter((device) => id === undefined || device.id === id)
    if (id !== undefined && removed.length === 0) throw new InvalidRequest(`${this.number} has no companion ${id}`)
    for (const device of removed) this.#completion.linking.unlink(device)
  }

  async #pair(pair: () => Promise<Device>): Promise<PairingOutcome> {
    if (!this.online) throw new InvalidRequest(`the phone ${this.number} is switched off`)
    try {
      return { device: (await pair()).id }
    } catch (error) {
      if (error instanceof PasskeyDemanded) return { passkey: true }
      throw error
    }
  }

  #companions(): Device[] {
    return this.parts.world.devices(this.handset.account).filter(({ id }) => id !== 0)
  }
}
