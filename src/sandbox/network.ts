/**
 * A WhatsApp network on loopback, for tests, demos and benchmarks: a server that the unmodified Baileys client accepts,
 * with simulated phones and contacts, media over TLS, faults, and an HTTP control API. This file is what callers use, and
 * start-network.ts.
 * There is no oracle here: a passing test proves that Baileys accepts what this network does, not that WhatsApp does it.
 */
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Behaviour } from "./people/behaviour.ts"
import { Contact } from "./people/contact.ts"
import type { Engine } from "./network-parts.ts"
import { applyFault, clearFaults } from "./faults/apply-fault.ts"
import type { Fault } from "./faults/armed-faults.ts"
import { Gate } from "./wire/websocket-server.ts"
import { registerAppState } from "./iq/app-state.ts"
import { registerConnectionQueries } from "./iq/connection.ts"
import { registerEncryptQueries } from "./iq/prekeys.ts"
import { registerGroupQueries } from "./iq/groups.ts"
import { registerMediaQueries } from "./iq/media.ts"
import { registerMultiDeviceQueries } from "./iq/multi-device.ts"
import { registerProfileQueries } from "./iq/profile.ts"
import { IqRegistry } from "./iq/registry.ts"
import { registerUsync } from "./iq/usync.ts"
import { MediaClient } from "./media/client.ts"
import { MediaServer } from "./media/server.ts"
import { People } from "./people/handsets.ts"
import { Phone } from "./people/phone.ts"
import { receive, refusalOf } from "./accept-client.ts"
import type { Counters } from "./state/counters.ts"
import type { TlsIdentity } from "./media/certificates.ts"
import type { AccountKind } from "./state/accounts.ts"

/** What the network has counted since it started, and what it holds now. */
export type Stats = Counters & {
  /** Open WebSockets, and those of them that are logged in. */
  readonly socketsOpen: number
  readonly socketsLoggedIn: number
  /** Stanzas that wait in the queues of all devices. */
  readonly stanzasWaiting: number
  readonly mediaBytes: number
  readonly phones: number
  readonly contacts: number
}

/** The control API, which needs the network that it is a part of. */
export interface ControlApi {
  readonly url: string
  /** Listens and gives the port. */
  start(port: number): Promise<number>
  stop(): Promise<void>
}

/** One network; made by `startNetwork`, gone with `stop`. */
export class Network {
  readonly #engine: Engine
  readonly #folder: string
  readonly #tls: TlsIdentity
  readonly #iqs: IqRegistry
  readonly #gate: Gate
  readonly #mediaServer: MediaServer
  readonly #control: ControlApi
  readonly #phones = new Map<string, Phone>()
  readonly #contacts = new Map<string, Contact>()
  #media: MediaClient | undefined
  #people: People | undefined
  #port = 0

  /** Use `startNetwork`. */
  constructor(engine: Engine, folder: string, tls: TlsIdentity, control: (network: Network) => ControlApi) {
    this.#engine = engine
    this.#folder = folder
    this.#tls = tls
    this.#iqs = new IqRegistry(engine.counters, engine.settings.log)
    this.#mediaServer = new MediaServer({ ...engine, folder: join(folder, "media"), tls })
    this.#control = control(this)
    this.#gate = new Gate(
      () => refusalOf(engine),
      (socket) => receive(engine, this.#iqs, socket)
    )
  }

  /** `ws://127.0.0.1:<port>/ws/chat`: what clients connect to. */
  get url(): string {
    return `ws://127.0.0.1:${this.#port}/ws/chat`
  }

  /** Hex of the Noise root key that clients must trust (`WA_CERT_DETAILS.PUBLIC_KEY` of Baileys). */
  get rootKey(): string {
    return Buffer.from(this.#engine.noise.root.public).toString("hex")
  }

  /** PEM of the authority of the media server, which clients must trust. */
  get ca(): string {
    return this.#tls.authority
  }

  /** File with that PEM. It lives as long as the network, or as the state folder. */
  get caFile(): string {
    return join(this.#folder, "ca.pem")
  }

  /** `http://127.0.0.1:<port>`: the control API. */
  get controlUrl(): string {
    return this.#control.url
  }

  /** `127.0.0.1:<port>` of the media server. */
  get mediaHost(): string {
    return this.#mediaServer.host
  }

  /** The queries that nobody understood, the last hundred of them. A test should end with none. */
  get unknownIqs(): readonly BinaryNode[] {
    return this.#iqs.unknown
  }

  /** Adds a phone, or gives the one with this number. */
  addPhone(number: string, options: { readonly name?: string } = {}): Phone {
    this.#everybody.add(number, "phone", options.name)
    return this.phone(number)
  }

  /** Adds a contact, or gives the one with this number. Without a behaviour a new contact is silent. */
  addContact(number: string, options: { readonly behaviour?: Behaviour; readonly name?: string } = {}): Contact {
    this.#everybody.add(number, "contact", options.name)
    const contact = this.contact(number)
    if (options.behaviour !== undefined) contact.setBehaviour(options.behaviour)
    return contact
  }

  /** The phone with this number. Throws when there is none. */
  phone(number: string): Phone {
    const known = this.#phones.get(number)
    if (known !== undefined) return known
    const handset = this.#everybody.handset(number, "phone")
    const phone = new Phone(handset, this.#personParts(), this.#engine)
    this.#phones.set(number, phone)
    return phone
  }

  /** The contact with this number. Throws when there is none. */
  contact(number: string): Contact {
    const known = this.#contacts.get(number)
    if (known !== undefined) return known
    const handset = this.#everybody.handset(number, "contact")
    const contact = new Contact(handset, this.#personParts(), this.#everybody)
    this.#contacts.set(number, contact)
    return contact
  }

  phones(): Phone[] {
    return this.#numbers("phone").map((number) => this.phone(number))
  }

  contacts(): Contact[] {
    return this.#numbers("contact").map((number) => this.contact(number))
  }

  /** Orders a fault. Faults of sockets strike those that are open at once; when none is, the next login. */
  fault(fault: Fault): void {
    applyFault(this.#engine, fault)
  }

  /** Ends every fault. Frozen and mute sockets come back to life. */
  clearFaults(): void {
    clearFaults(this.#engine.connections, this.#engine.faults)
  }

  stats(): Stats {
    const { world, counters, connections } = this.#engine
    const devices = world.accounts().flatMap((account) => world.devices(account))
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

  /** Opens the ports. Called by `startNetwork`. */
  async start(): Promise<void> {
    const { settings } = this.#engine
    await writeFile(this.caFile, this.ca, { mode: 0o600 })
    await this.#listen("media server", settings.mediaPort, (port) => this.#mediaServer.start(port))
    const { host, auth } = this.#mediaServer
    this.#media = new MediaClient({ host, auth, authority: this.ca, bytesMax: settings.uploadBytesMax })
    this.#people = new People({ ...this.#engine, media: this.#media })
    this.#registerQueries()
    this.#port = await this.#listen("WebSocket server", settings.port, (port) => this.#gate.start(port))
    await this.#listen("control API", settings.controlPort, (port) => this.#control.start(port))
  }

  /** Cuts every socket and closes every port. Nothing is written after it; what survives is complete before it. */
  async stop(): Promise<void> {
    const { connections, delivery, calls, state, settings } = this.#engine
    for (const connection of connections.all()) connection.terminate()
    await Promise.all([this.#gate.stop(), this.#mediaServer.stop(), this.#control.stop()])
    delivery.stop()
    calls.stop()
    await this.#people?.close()
    this.#media?.close()
    state.close()
    if (settings.stateDir === undefined) await rm(this.#folder, { recursive: true, force: true })
  }

  /**
   * Listens on the port that is asked for. When any will do, on the port of the last time if the network has one and it
   * is free, so that clients find a network again that was killed.
   */
  async #listen(what: string, asked: number, start: (port: number) => Promise<number>): Promise<number> {
    const { state } = this.#engine
    const last = asked === 0 ? (state.get("port", what) as number | undefined) : undefined
    const port = await start(last ?? asked).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") throw error
      if (last !== undefined) return start(0)
      throw new Error(`port ${asked} for the ${what} is in use`, { cause: error })
    })
    state.put("port", what, port)
    return port
  }

  #registerQueries(): void {
    const engine = this.#engine
    registerConnectionQueries(this.#iqs, engine)
    registerEncryptQueries(this.#iqs, engine)
    registerUsync(this.#iqs, engine.world)
    registerMultiDeviceQueries(this.#iqs, engine.registrations, engine.linking)
    registerAppState(this.#iqs, engine)
    registerGroupQueries(this.#iqs, engine)
    registerMediaQueries(this.#iqs, this.#mediaServer, engine.settings)
    registerProfileQueries(this.#iqs, engine)
  }

  get #everybody(): People {
    return started(this.#people)
  }

  #personParts() {
    return { ...this.#engine, media: started(this.#media) }
  }

  #numbers(kind: AccountKind): string[] {
    return this.#engine.world
      .accounts()
      .filter((account) => account.kind === kind)
      .map(({ number }) => number)
  }
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("the network has not started")
  return part
}
