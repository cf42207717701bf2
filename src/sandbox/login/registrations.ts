/**
 * Clients that have connected without credentials and wait to be paired. Each gets six refs, which its QR codes carry
 * one after the other: `<iq type=set><pair-device><ref>×6`. A ref is good for as long as its connection lives.
 */
import { randomBytes } from "node:crypto"
import type { BinaryNode, proto } from "@whiskeysockets/baileys"
import type { Connection } from "../wire/connection.ts"
import { InvalidRequest } from "../request-errors.ts"
import { element, SERVER, serverStanzaId } from "../wire/stanza.ts"
import type { KeyBundle } from "../state/accounts.ts"

/** A client that waits. */
export interface Registration {
  readonly connection: Connection
  readonly bundle: KeyBundle
  readonly refs: readonly string[]
  /** Set while it waits to be paired by code. */
  codeHello: CodeHello | undefined
}

/** What a client said when it asked to be paired by code (`companion_hello`). */
export interface CodeHello {
  /** The number whose phone must enter the code. */
  readonly number: string
  /** The client's ephemeral key, wrapped under the code. */
  readonly wrappedEphemeral: Uint8Array
  readonly ref: Uint8Array
  /** Called with the client's `companion_finish`. */
  onFinish: ((finish: BinaryNode) => Promise<void>) | undefined
}

const REFS = 6
const HELLO_MS = 2000

/** The waiting clients. One is forgotten when it is paired or its connection ends. */
export class Registrations {
  readonly #waiting = new Map<Connection, Registration>()
  readonly #awaitingHello = new Set<() => void>()

  /** Takes in a client and sends its refs. */
  register(connection: Connection, data: proto.ClientPayload.IDevicePairingRegistrationData): void {
    const refs = Array.from({ length: REFS }, () => `2@${randomBytes(24).toString("base64")}`)
    const bundle = {
      registrationId: required(data.eRegid),
      identity: required(data.eIdent),
      signedPreKey: { id: required(data.eSkeyId), value: required(data.eSkeyVal), signature: required(data.eSkeySig) }
    }
    this.#waiting.set(connection, { connection, bundle, refs, codeHello: undefined })
    const content = refs.map((ref) => element("ref", {}, Buffer.from(ref)))
    const attrs = { from: SERVER, type: "set", id: serverStanzaId(), xmlns: "md" }
    connection.push(element("iq", attrs, [element("pair-device", {}, content)]))
  }

  forget(connection: Connection): void {
    this.#waiting.delete(connection)
  }

  of(connection: Connection): Registration | undefined {
    return this.#waiting.get(connection)
  }

  byRef(ref: string | undefined): Registration | undefined {
    return [...this.#waiting.values()].find(({ refs }) => ref !== undefined && refs.includes(ref))
  }

  /** Notes that a client asks to be paired by code. */
  helloByCode(registration: Registration, hello: CodeHello): void {
    registration.codeHello = hello
    for (const wake of this.#awaitingHello) wake()
  }

  /**
   * The client that last asked to be paired by code with this number. Clients show the code a moment before their
   * request has arrived here, and tests type faster than people: so this waits a little for it.
   */
  async byCodeNumber(number: string): Promise<{ registration: Registration; hello: CodeHello }> {
    const deadline = Date.now() + HELLO_MS
    for (;;) {
      const registration = [...this.#waiting.values()].findLast(({ codeHello }) => codeHello?.number === number)
      if (registration?.codeHello !== undefined) return { registration, hello: registration.codeHello }
      if (Date.now() >= deadline) throw new InvalidRequest("no client waits for this number with a code")
      await this.#nextHello(deadline - Date.now())
    }
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
  if (bytes === null || bytes === undefined) throw new Error("a registration without all of its keys")
  return bytes
}
