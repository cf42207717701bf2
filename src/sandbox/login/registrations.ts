/**
 * Clients that have connected without credentials and wait to be paired. Each gets six refs, one for each of its QR
 * codes: `<iq type=set><pair-device><ref>×6`. A ref is valid until its connection closes. The server pings such a client, and ends its
 * stream when it takes too long.
 */
import { randomBytes } from "node:crypto"
import { type BinaryNode, proto } from "@whiskeysockets/baileys"
import { InvalidRequest } from "../request-errors.ts"
import type { Settings } from "../settings.ts"
import type { KeyBundle } from "../state/device.ts"
import type { Connection } from "../wire/connection.ts"
import { element, SERVER, serverStanzaId } from "../wire/stanza.ts"
import type { Notices } from "./notices.ts"
import type { PasskeyCeremony } from "./passkey-ceremony.ts"
import { versionOf } from "./web-versions.ts"

/** A client that waits to be paired. */
export interface Registration {
  readonly connection: Connection
  readonly bundle: KeyBundle
  readonly refs: readonly string[]
  /** The third part of its version of WhatsApp Web. */
  readonly version: number
  readonly platformType: proto.DeviceProps.PlatformType
  /** The ADV secrets that phones have refused: a QR with one of them links nothing any more. In base64. */
  readonly retiredSecrets: Set<string>
  /** Its request for a pairing code; undefined while it waits to be paired by QR. */
  codeHello: CodeHello | undefined
  /** What it has to do with a passkey; undefined until it is asked for one. */
  ceremony: PasskeyCeremony | undefined
}

/** The request of a client to be paired by code (`companion_hello`). */
export interface CodeHello {
  /** The number of the phone that must enter the code. */
  readonly number: string
  /** The client's ephemeral key, encrypted under the code. */
  readonly wrappedEphemeral: Uint8Array
  readonly ref: Uint8Array
  /** Epoch milliseconds. */
  readonly at: number
  /** How often a phone has answered it. */
  attempts: number
  /** Called with the client's `companion_finish`. */
  onFinish: ((finish: BinaryNode) => void) | undefined
}

const { UNKNOWN } = proto.DeviceProps.PlatformType
const REFS = 6
const HELLO_MS = 2000

/** The clients that wait to be paired. A client is removed when it is paired or its connection closes. */
export class Registrations {
  readonly #settings: Settings
  readonly #notices: Notices
  readonly #waiting = new Map<Connection, Registration>()
  readonly #awaitingHello = new Set<() => void>()

  constructor(settings: Settings, notices: Notices) {
    this.#settings = settings
    this.#notices = notices
  }

  /** Adds a client and sends it its refs. */
  register(connection: Connection, payload: proto.IClientPayload): void {
    const data = payload.devicePairingData ?? {}
    const refs = Array.from({ length: REFS }, () => `2@${randomBytes(24).toString("base64")}`)
    const bundle = {
      registrationId: required(data.eRegid),
      identity: required(data.eIdent),
      signedPreKey: { id: required(data.eSkeyId), value: required(data.eSkeyVal), signature: required(data.eSkeySig) }
    }
    this.#waiting.set(connection, {
      connection,
      bundle,
      refs,
      version: versionOf(payload),
      platformType: proto.DeviceProps.decode(required(data.deviceProps)).platformType ?? UNKNOWN,
      retiredSecrets: new Set(),
      codeHello: undefined,
      ceremony: undefined
    })
    const content = refs.map((ref) => element("ref", {}, Buffer.from(ref)))
    const attrs = { from: SERVER, type: "set", id: serverStanzaId(), xmlns: "md" }
    connection.push(element("iq", attrs, [element("pair-device", {}, content)]))
    this.#keepWaiting(connection)
  }

  remove(connection: Connection): void {
    this.#waiting.delete(connection)
  }

  of(connection: Connection): Registration | undefined {
    return this.#waiting.get(connection)
  }

  byRef(ref: string | undefined): Registration | undefined {
    return [...this.#waiting.values()].find(({ refs }) => ref !== undefined && refs.includes(ref))
  }

  /** The client that this phone was to be linked with last, where it waits for a passkey. */
  byCeremony(number: string): Registration | undefined {
    return [...this.#waiting.values()].findLast(({ ceremony }) => ceremony?.number === number)
  }

  /** Records that a client asks to be paired by code. */
  requestCode(registration: Registration, hello: CodeHello): void {
    registration.codeHello = hello
    for (const wake of this.#awaitingHello) wake()
  }

  /**
   * The client that last asked to be paired by code with this number. A client may show the code shortly before its request
   * arrives here, and tests enter codes faster than people, so this waits up to 2 s for the request.
   */
  async byCodeNumber(number: string): Promise<{ registration: Registration; hello: CodeHello }> {
    const deadline = Date.now() + HELLO_MS
    for (;;) {
      const found = this.#newestHello(number)
      if (found !== undefined) return found
      if (Date.now() >= deadline) throw new InvalidRequest("no client waits to be paired by code with this number")
      await this.#nextHello(deadline - Date.now())
    }
  }

  #newestHello(number: string): { registration: Registration; hello: CodeHello } | undefined {
    const waiting = [...this.#waiting.values()].flatMap((registration) =>
      registration.codeHello?.number === number ? [{ registration, hello: registration.codeHello }] : []
    )
    return waiting.toSorted((one, other) => one.hello.at - other.hello.at).at(-1)
  }

  /** Pings it while it waits, and ends its stream when it has waited too long. */
  #keepWaiting(connection: Connection): void {
    const { pingMs, unauthenticatedMs } = this.#settings
    const isWaiting = (): boolean => this.#waiting.has(connection)
    const ping = (): void => {
      if (!isWaiting()) return
      this.#notices.ping(connection)
      connection.later(pingMs, ping)
    }
    connection.later(pingMs, ping)
    connection.later(unauthenticatedMs, () => {
      if (isWaiting()) connection.closeWith(element("xmlstreamend"))
    })
  }

  #nextHello(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#awaitingHello.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#awaitingHello.add(wake)
    })
  }
}

function required(bytes: Uint8Array | null | undefined): Uint8Array {
  if (bytes === null || bytes === undefined) throw new Error("the registration of the client lacks a key")
  return bytes
}
