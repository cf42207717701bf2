/**
 * A phone: an account to which a test links clients. It scans QRs, enters pairing codes and removes companions. It is
 * itself a device of the account: it gets and sends the same messages as its companions.
 */
import { randomBytes } from "node:crypto"
import { type AuthenticationCreds, isJidGroup, proto } from "@whiskeysockets/baileys"
import { type CompletionParts, PasskeyDemanded } from "../login/complete-pairing.ts"
import { enterCode } from "../login/pairing-code.ts"
import type { CeremonyView } from "../login/passkey-ceremony.ts"
import { provision } from "../login/provision.ts"
import { scanQr } from "../login/qr.ts"
import { Conflict, InvalidRequest } from "../request-errors.ts"
import type { PastChat, PastMessage, PastPerson } from "../state/account.ts"
import type { Device } from "../state/device.ts"
import type { Standing } from "../state/standing.ts"
import { announceStanding } from "../routing/standing-notices.ts"
import { jidOf, lidJid, lidUserOf } from "../state/jid.ts"
import type { Connections } from "../wire/connections.ts"
import { element, phoneMessageId, unixSeconds } from "../wire/stanza.ts"
import type { Assertion, Authenticator, SigningCircumstances } from "./authenticator.ts"
import { type AppStateView, viewOf } from "./app-state-view.ts"
import type { Handset } from "./handset.ts"
import { appStateOf, type OwnerAction } from "./owner-actions.ts"
import type { Reuploads } from "./media-retry.ts"
import { Person, type PersonParts } from "./person.ts"

/** A companion of a phone, as tests and the control API show it. */
export interface Companion {
  readonly id: number
  /** Whether it is connected and active. */
  readonly connected: boolean
  /** How many stanzas it has not acknowledged. */
  readonly waiting: number
}

/** One message of the history. `fromMe` defaults to false, `at` to the current time. */
export type HistoryMessage = Pick<PastMessage, "with" | "text" | "proto" | "info"> &
  Partial<Pick<PastMessage, "id" | "fromMe" | "at" | "author">>

/** The result of a pairing: the id of the new companion, or that the client was asked for a passkey. */
export type PairingOutcome = { readonly device: number } | { readonly passkey: true }

/** What a phone needs beside what every person does. */
export interface PhoneParts extends CompletionParts {
  readonly connections: Connections
}

/** A phone, as `network.phone(number)` returns it. */
export class Phone extends Person {
  readonly #completion: PhoneParts
  #posts = 99

  constructor(handset: Handset, parts: PersonParts, completion: PhoneParts) {
    super(handset, parts)
    this.#completion = completion
  }

  /** For whom it was first used; undefined while they did not say. */
  get owner(): string | undefined {
    return this.handset.account.owner
  }

  /** Notes for whom it is used. Throws `Conflict` when that is another than at first: its chats are not theirs. */
  useFor(owner: string): void {
    const { account } = this.handset
    if (account.owner === owner) return
    if (account.owner !== undefined) throw new Conflict(`the phone ${account.number} belongs to another owner`)
    account.owner = owner
    this.parts.accounts.save(account)
  }

  /** Whether neither it nor its companions reach the network. */
  get airplaneMode(): boolean {
    return this.handset.account.airplane === true
  }

  /** Cuts it and its companions off the network, or lets them come back. `setOnline` switches the phone alone. */
  setAirplaneMode(isOn: boolean): void {
    const { account } = this.handset
    account.airplane = isOn
    this.parts.accounts.save(account)
    this.setOnline(!isOn)
    if (isOn) for (const connection of this.#completion.connections.ofAccount(account)) connection.terminate()
  }

  /** Sets its history. A new companion gets all of it; the others get what they ask for. */
  setHistory(history: readonly HistoryMessage[]): void {
    const now = Number(unixSeconds())
    const past = (message: HistoryMessage): PastMessage => ({
      id: phoneMessageId(),
      fromMe: false,
      at: now,
      ...message
    })
    this.handset.account.history = history.map((message) => past(message))
    this.parts.accounts.save(this.handset.account)
  }

  /** Sets what it hands over beside messages: chats, archived and pinned and muted, and people by the names that it knows. */
  setKnown(known: { readonly chats?: readonly PastChat[]; readonly people?: readonly PastPerson[] }): void {
    Object.assign(this.handset.account, known)
    this.parts.accounts.save(this.handset.account)
  }

  /** The owner does this with chats and contacts. Resolves when the server has it; companions are told. */
  do(...actions: readonly OwnerAction[]): Promise<void> {
    const { addressing } = this.handset.account
    const identity = (number: string) => ({ number, lid: lidUserOf(number) })
    const jid = (chat: string) => (isJidGroup(chat) === true ? chat : jidOf(addressing, identity(chat)))
    return this.handset.writeAppState(
      actions.map((action) => appStateOf(action, jid, (number) => lidJid(identity(number))))
    )
  }

  /** The owner does this at the moment at which the next patch of a companion arrives, so that the patch is no longer up to date. */
  doBeforeNextPatch(...actions: readonly OwnerAction[]): void {
    this.handset.beforeNextPatch(() => this.do(...actions))
  }

  /** What its owner sees of chats, contacts and labels: what it and its companions have written, as far as the phone has read it. */
  get appState(): AppStateView {
    return viewOf(this.handset.appState.entries)
  }

  /** Patches of companions whose authentication code does not fit, as `<collection> <version>`. A correct client causes none. */
  get appStateFlaws(): readonly string[] {
    return this.handset.appState.flaws
  }

  /** The owner blocks an account, or unblocks it. Companions are told. */
  block(number: string, isBlocked = true): void {
    this.profile.block(number, isBlocked)
  }

  /** Its companions get a post of a channel (`…@newsletter`) that it follows. Posts are not encrypted. Returns the id. */
  receivePost(channel: string, message: proto.IMessage): string {
    const id = phoneMessageId()
    const attrs = { id, from: channel, type: "text", server_id: String(++this.#posts), t: unixSeconds() }
    const plaintext = element("plaintext", {}, proto.Message.encode(proto.Message.fromObject(message)).finish())
    for (const device of this.#companions()) this.parts.delivery.deliver(device, element("message", attrs, [plaintext]))
    return id
  }

  /**
   * Its companions get an answer of a bot. It is encrypted with the secret of the question (`msmsg`), which Baileys cannot open. Returns
   * the id.
   */
  receiveFromBot(bot: string): string {
    const id = phoneMessageId()
    const attrs = { id, from: bot, type: "text", t: unixSeconds() }
    const enc = element("enc", { v: "2", type: "msmsg" }, randomBytes(64))
    for (const device of this.#companions()) this.parts.delivery.deliver(device, element("message", attrs, [enc]))
    return id
  }

  /** Sets what WhatsApp thinks of it. Its companions are told, unless `silently`. */
  setStanding(standing: Standing, options: { readonly silently?: boolean } = {}): void {
    this.handset.account.standing = standing
    this.parts.accounts.save(this.handset.account)
    if (options.silently !== true) announceStanding(this.parts, this.handset.account)
  }

  /** Sets what it does when a companion asks it to upload a file again. */
  setReuploads(reuploads: Reuploads): void {
    this.handset.account.reuploads = reuploads
    this.parts.accounts.save(this.handset.account)
  }

  get standing(): Standing {
    return this.handset.account.standing ?? {}
  }

  /** Its companions. */
  get companions(): Companion[] {
    return this.#companions().map(({ id, receiver, queue }) => ({
      id,
      connected: receiver !== undefined,
      waiting: queue.size
    }))
  }

  /** Scans a QR, as text or as a PNG data URL. Resolves when the client is paired or has been asked for a passkey. */
  async scanQr(qr: string): Promise<PairingOutcome> {
    return this.#pair(() => scanQr(this.#completion, this.handset, qr))
  }

  /** Enters a pairing code that a client shows for this number. Fails on a wrong code. */
  async enterCode(code: string): Promise<PairingOutcome> {
    return this.#pair(() => enterCode(this.#completion, this.handset, code))
  }

  /** Unlocks the account's passkey and signs. `options`: PublicKeyCredentialRequestOptions as JSON. */
  signPasskey(options: unknown, circumstances: SigningCircumstances = {}): Assertion {
    return this.handset.authenticator.sign(options, circumstances)
  }

  /** The account's passkey, for a browser to hold it. */
  get passkeyKey(): Authenticator["exported"] {
    return this.handset.authenticator.exported
  }

  /** How far the client has come that was asked for the passkey; undefined while none is. */
  get passkey(): CeremonyView | undefined {
    return this.#completion.registrations.byCeremony(this.number)?.ceremony?.view
  }

  /** Links a companion without a socket and returns its credentials, ready for a first login. */
  provision(): Promise<AuthenticationCreds> {
    const { accounts, linking } = this.#completion
    return provision(accounts, linking, this.handset)
  }

  /** Removes one companion, or all of them, for good. */
  removeCompanion(id?: number): void {
    const removed = this.#companions().filter((device) => id === undefined || device.id === id)
    if (id !== undefined && removed.length === 0) throw new InvalidRequest(`${this.number} has no companion ${id}`)
    for (const device of removed) this.#completion.linking.unlink(device)
  }

  async #pair(pair: () => Promise<Device>): Promise<PairingOutcome> {
    if (!this.online) throw new InvalidRequest(`the phone ${this.number} is switched off; switch it on to pair`)
    try {
      return { device: (await pair()).id }
    } catch (error) {
      if (error instanceof PasskeyDemanded) return { passkey: true }
      throw error
    }
  }

  #companions(): Device[] {
    return this.parts.accounts.companions(this.handset.account)
  }
}
