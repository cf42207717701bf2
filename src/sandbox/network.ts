/**
 * A WhatsApp network on loopback, for tests, demos and benchmarks: a server that the unmodified Baileys client accepts,
 * with simulated phones and contacts, media over TLS, faults, and an HTTP control API. Callers use this class and
 * start-network.ts; docs/SANDBOX.md has a map of the folders.
 * A passing test proves that Baileys accepts what this network does, not that WhatsApp does it.
 */
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { BinaryNode } from "@whiskeysockets/baileys"
import { acceptSocket, upgradeRefusal } from "./accept-client.ts"
import type { ControlledNetwork } from "./control/controlled-network.ts"
import { ControlServer } from "./control/server.ts"
import { applyFault, clearFaults } from "./faults/apply-fault.ts"
import type { Fault, FaultKind } from "./faults/fault.ts"
import { registerAppState } from "./iq/app-state.ts"
import { registerBusinessProfiles } from "./iq/business-profile.ts"
import { registerCatalogQueries } from "./iq/catalogs.ts"
import { channelQueries, registerChannelQueries } from "./iq/channels.ts"
import { registerConnectionQueries } from "./iq/connection.ts"
import { registerGroupQueries } from "./iq/groups.ts"
import { registerMediaQueries } from "./iq/media.ts"
import { registerMexQueries } from "./iq/mex.ts"
import { registerMultiDeviceQueries } from "./iq/multi-device.ts"
import { registerPictureQueries } from "./iq/pictures.ts"
import { registerPrekeys } from "./iq/prekeys.ts"
import { registerPrivacyQueries } from "./iq/privacy.ts"
import { registerProfileQueries } from "./iq/profile.ts"
import { IqRegistry } from "./iq/registry.ts"
import { STANDING_QUERIES } from "./iq/standing.ts"
import { registerUsync } from "./iq/usync.ts"
import type { Notice } from "./login/notices.ts"
import type { VersionRules } from "./login/web-versions.ts"
import type { TlsIdentity } from "./media/certificates.ts"
import { MediaClient } from "./media/client.ts"
import { MediaServer } from "./media/server.ts"
import type { NetworkParts } from "./network-parts.ts"
import type { Behaviour } from "./people/behaviour.ts"
import { type ChannelView, viewOf } from "./people/channel-view.ts"
import { Contact } from "./people/contact.ts"
import { Handsets } from "./people/handsets.ts"
import { Phone } from "./people/phone.ts"
import { Pictures } from "./routing/pictures.ts"
import { NotFound } from "./request-errors.ts"
import type { CallLink } from "./routing/calls.ts"
import type { AccountKind } from "./state/account.ts"
import type { Counters } from "./state/counters.ts"
import { ChatServer } from "./wire/chat-server.ts"

/** The counters since the start, and what the network holds now. */
export type Stats = Counters & {
  /** Open WebSockets, and how many of them are logged in. */
  readonly socketsOpen: number
  readonly socketsLoggedIn: number
  /** Stanzas that wait in the queues of all devices. */
  readonly stanzasWaiting: number
  readonly mediaBytes: number
  readonly phones: number
  readonly contacts: number
}

/** One network. `startNetwork` makes it; `stop` ends it. */
export class Network implements ControlledNetwork {
  readonly #parts: NetworkParts
  readonly #folder: string
  readonly #tls: TlsIdentity
  readonly #iqs: IqRegistry
  readonly #chatServer: ChatServer
  readonly #mediaServer: MediaServer
  readonly #pictures: Pictures
  readonly #controlServer: ControlServer
  readonly #phones = new Map<string, Phone>()
  readonly #contacts = new Map<string, Contact>()
  #media: MediaClient | undefined
  #handsets: Handsets | undefined
  #port = 0

  /** Do not call it; call `startNetwork`. */
  constructor(parts: NetworkParts, folder: string, tls: TlsIdentity) {
    this.#parts = parts
    this.#folder = folder
    this.#tls = tls
    this.#iqs = new IqRegistry(parts.counters, parts.faults, parts.settings.log)
    this.#mediaServer = new MediaServer({ ...parts, folder: join(folder, "media"), tls })
    this.#pictures = new Pictures({ ...parts, rights: parts.groupOperations.rights, files: this.#mediaServer })
    this.#controlServer = new ControlServer(this, parts.settings)
    this.#chatServer = new ChatServer({
      refuseUpgrade: () => upgradeRefusal(parts),
      serviceWorker: () => parts.versions.serviceWorker,
      onSocket: (socket) => acceptSocket(parts, this.#iqs, socket)
    })
  }

  /** `ws://127.0.0.1:<port>/ws/chat`: the URL that clients connect to. */
  get url(): string {
    return `ws://127.0.0.1:${this.#port}/ws/chat`
  }

  /** `http://127.0.0.1:<port>/sw.js`: the service worker, which names the newest version of WhatsApp Web. */
  get versionUrl(): string {
    return `http://127.0.0.1:${this.#port}/sw.js`
  }

  /** Hex of the Noise root key that clients must trust (`WA_CERT_DETAILS.PUBLIC_KEY` of Baileys). */
  get rootKey(): string {
    return Buffer.from(this.#parts.noise.root.public).toString("hex")
  }

  /** PEM of the media server's certificate authority, which clients must trust. */
  get ca(): string {
    return this.#tls.authority
  }

  /** File with that PEM. `stop` deletes it unless the network has a state folder. */
  get caFile(): string {
    return join(this.#folder, "ca.pem")
  }

  /** `http://127.0.0.1:<port>`: the control API. */
  get controlUrl(): string {
    return this.#controlServer.url
  }

  /** `127.0.0.1:<port>` of the media server. */
  get mediaHost(): string {
    return this.#mediaServer.host
  }

  /** The last hundred queries that the network did not understand. A test should end with none. */
  get unknownIqs(): readonly BinaryNode[] {
    return this.#iqs.unknown
  }

  /** What clients that wait to be paired were told, and whether they acknowledged it; the last thousand. */
  get notices(): readonly Notice[] {
    return this.#parts.notices.all
  }

  /** Which versions of WhatsApp Web it takes. */
  get versions(): VersionRules {
    return this.#parts.versions.rules
  }

  /** Changes some of these rules. */
  setVersions(rules: Partial<VersionRules>): void {
    this.#parts.versions.set(rules)
  }

  /** Adds a phone, or returns the one with this number. */
  addPhone(number: string, options: { readonly name?: string } = {}): Phone {
    this.#startedHandsets.add(number, "phone", options.name)
    return this.phone(number)
  }

  /** Adds a contact, or returns the one with this number. Without a behaviour a new contact is silent. */
  addContact(number: string, options: { readonly behaviour?: Behaviour; readonly name?: string } = {}): Contact {
    this.#startedHandsets.add(number, "contact", options.name)
    const contact = this.contact(number)
    if (options.behaviour !== undefined) contact.setBehaviour(options.behaviour)
    return contact
  }

  /** The phone with this number. Throws `NotFound` when there is none. */
  phone(number: string): Phone {
    const known = this.#phones.get(number)
    if (known !== undefined) return known
    const handset = this.#startedHandsets.handset(number, "phone")
    const phone = new Phone(handset, this.#personParts(), this.#parts)
    this.#phones.set(number, phone)
    return phone
  }

  /** The contact with this number. Throws `NotFound` when there is none. */
  contact(number: string): Contact {
    const known = this.#contacts.get(number)
    if (known !== undefined) return known
    const handset = this.#startedHandsets.handset(number, "contact")
    const contact = new Contact(handset, this.#personParts(), this.#startedHandsets)
    this.#contacts.set(number, contact)
    return contact
  }

  phones(): Phone[] {
    return this.#numbers("phone").map((number) => this.phone(number))
  }

  contacts(): Contact[] {
    return this.#numbers("contact").map((number) => this.contact(number))
  }

  /** A channel as the server knows it. Throws `NotFound` when there is none with this jid. */
  channel(id: string): ChannelView {
    const channel = this.#parts.channels.get(id)
    if (channel === undefined) throw new NotFound(`there is no channel ${id} on this network`)
    return viewOf(channel)
  }

  channels(): ChannelView[] {
    return this.#parts.channels.all().map((channel) => viewOf(channel))
  }

  /** The call links that clients made. */
  get callLinks(): readonly CallLink[] {
    return this.#parts.calls.links
  }

  /** Orders a fault. A fault of a socket affects the open sockets at once; when none is open, the next login. */
  fault(fault: Fault): void {
    applyFault(this.#parts, fault)
  }

  /** Ends every fault. Frozen and mute sockets resume. */
  clearFaults(): void {
    clearFaults(this.#parts.connections, this.#parts.faults)
  }

  /** The kinds of the armed faults that were ordered for this number. */
  faultsOf(number: string): FaultKind[] {
    return this.#parts.faults.kindsFor(number)
  }

  /** Disarms the faults of this kind that were ordered for this number. Sockets that are frozen or mute stay so. */
  endFault(kind: FaultKind, number: string): void {
    this.#parts.faults.disarm(kind, number)
  }

  /** Lets every file on the media server expire: downloads are answered with 404, 410 or 403. Phones can upload them again. */
  expireMedia(status = 410): void {
    this.#mediaServer.expireAll(status)
  }

  stats(): Stats {
    const { accounts, counters, connections } = this.#parts
    const devices = accounts.all().flatMap((account) => accounts.devices(account))
    return {
      ...counters,
      socketsOpen: connections.size,
      socketsLoggedIn: connections.loggedIn().length,
      stanzasWaiting: devices.reduce((sum, { queue }) => sum + queue.size, 0),
      mediaBytes: this.#mediaServer.bytes,
      phones: this.#numbers("phone").length,
      contacts: this.#numbers("contact").length
    }
  }

  /** Listens on the ports and starts the phones and contacts. `startNetwork` calls it. */
  async start(): Promise<void> {
    const { settings } = this.#parts
    await writeFile(this.caFile, this.ca, { mode: 0o600 })
    await this.#listen("media server", settings.mediaPort, (port) => this.#mediaServer.start(port))
    const { host, auth } = this.#mediaServer
    this.#media = new MediaClient({ host, auth, authority: this.ca, bytesMax: settings.uploadBytesMax })
    this.#handsets = new Handsets({ ...this.#parts, media: this.#media })
    this.#registerQueries()
    this.#port = await this.#listen("WebSocket server", settings.port, (port) => this.#chatServer.start(port))
    await this.#listen("control API", settings.controlPort, (port) => this.#controlServer.start(port))
  }

  /** Cuts every socket and closes every port. The state is complete when it resolves; nothing is written later. */
  async stop(): Promise<void> {
    const { connections, delivery, calls, state, settings } = this.#parts
    for (const connection of connections.all()) connection.terminate()
    await Promise.all([this.#chatServer.stop(), this.#mediaServer.stop(), this.#controlServer.stop()])
    delivery.stop()
    calls.stop()
    await this.#handsets?.close()
    this.#media?.close()
    state.close()
    if (settings.stateDir === undefined) await rm(this.#folder, { recursive: true, force: true })
  }

  /**
   * Listens on the requested port. For port 0 it listens on the last port of the state folder if that is free, so that
   * clients find a network that was killed and started again.
   */
  async #listen(what: string, requested: number, start: (port: number) => Promise<number>): Promise<number> {
    const { state } = this.#parts
    const last = requested === 0 ? (state.get("port", what) as number | undefined) : undefined
    const port = await start(last ?? requested).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") throw error
      if (last !== undefined) return start(0)
      throw new Error(`port ${requested} for the ${what} is in use`, { cause: error })
    })
    state.put("port", what, port)
    return port
  }

  #registerQueries(): void {
    const parts = this.#parts
    registerConnectionQueries(this.#iqs, parts)
    registerPrekeys(this.#iqs, parts)
    registerUsync(this.#iqs, parts.accounts)
    registerMultiDeviceQueries(this.#iqs, parts)
    registerAppState(this.#iqs, parts)
    registerGroupQueries(this.#iqs, parts)
    registerMediaQueries(this.#iqs, this.#mediaServer, parts.settings)
    registerPrivacyQueries(this.#iqs, parts)
    registerProfileQueries(this.#iqs, parts)
    registerPictureQueries(this.#iqs, this.#pictures)
    registerBusinessProfiles(this.#iqs, parts)
    registerCatalogQueries(this.#iqs, parts)
    registerChannelQueries(this.#iqs, parts)
    registerMexQueries(this.#iqs, STANDING_QUERIES, channelQueries(parts))
  }

  get #startedHandsets(): Handsets {
    return started(this.#handsets)
  }

  #personParts() {
    return { ...this.#parts, media: started(this.#media), pictures: this.#pictures }
  }

  #numbers(kind: AccountKind): string[] {
    return this.#parts.accounts
      .all()
      .filter((account) => account.kind === kind)
      .map(({ number }) => number)
  }
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("the network has not started")
  return part
}
