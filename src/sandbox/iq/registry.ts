/**
 * Answers to the queries (`<iq>`) of clients, by their xmlns. A query that nobody here understands is answered 501, kept
 * and counted: a test that ends with one has found something this network should learn.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Connection } from "../wire/connection.ts"
import { children, element, SERVER } from "../wire/stanza.ts"
import type { Counters } from "../state/counters.ts"
import type { Device } from "../state/accounts.ts"

/** One query of a client that has logged in. */
export interface IqRequest {
  readonly connection: Connection
  /** Who asks. */
  readonly device: Device
  readonly stanza: BinaryNode
  readonly isSet: boolean
  /** The first child, which says what is asked; an empty node when there is none. */
  readonly first: BinaryNode
  /** Sends the result. What a handler does after this call reaches the client after the result. */
  readonly answer: (content?: BinaryNode[]) => void
}

/** A query of a client that need not have logged in. */
export type AnonymousIqRequest = Omit<IqRequest, "device"> & { readonly device: Device | undefined }

/** Answers a query. Gives false when it does not understand it; throws an `IqRefusal` to refuse it. */
export type IqHandler = (request: IqRequest) => boolean | Promise<boolean>
/** The same for a query that needs no login. */
export type AnonymousIqHandler = (request: AnonymousIqRequest) => boolean | Promise<boolean>

/** A refusal that the client is told: `<iq type=error><error code text>`. */
export class IqRefusal extends Error {
  readonly code: string

  constructor(code: string, text: string) {
    super(text)
    this.code = code
  }
}

const UNKNOWN_KEPT_MAX = 100

/** Who answers what. Every query is answered exactly once. */
export class IqRegistry {
  readonly #handlers = new Map<string, IqHandler>()
  readonly #anonymousHandlers = new Map<string, AnonymousIqHandler>()
  readonly #counters: Counters
  readonly #log: (line: string) => void
  /** The queries that nobody understood, the last hundred of them. */
  readonly unknown: BinaryNode[] = []

  constructor(counters: Counters, log: (line: string) => void) {
    this.#counters = counters
    this.#log = log
  }

  /** Registers who answers an xmlns. */
  on(xmlns: string, handler: IqHandler): void {
    this.#handlers.set(xmlns, handler)
  }

  /** Registers who answers an xmlns even before login. */
  onAnonymous(xmlns: string, handler: AnonymousIqHandler): void {
    this.#anonymousHandlers.set(xmlns, handler)
  }

  /** Answers one query. */
  async take(connection: Connection, stanza: BinaryNode): Promise<void> {
    const { id, type, to } = stanza.attrs
    // An answer to something that was not asked, or no longer.
    if (type === "result" || type === "error") return
    const reply = (kind: "result" | "error", content?: BinaryNode[]): void =>
      connection.push(element("iq", { from: to ?? SERVER, type: kind, id }, content))
    const refuse = (code: string, text: string): void => reply("error", [element("error", { code, text })])
    const request: AnonymousIqRequest = {
      connection,
      device: connection.device,
      stanza,
      isSet: type === "set",
      first: children(stanza)[0] ?? element(""),
      answer: (content) => reply("result", content)
    }
    try {
      if (await this.#dispatch(request)) return
      this.#keepUnknown(stanza)
      refuse("501", "feature-not-implemented")
    } catch (error) {
      if (!(error instanceof IqRefusal))
        this.#log(`sandbox: an iq of ${stanza.attrs["xmlns"]} failed: ${String(error)}`)
      refuse(error instanceof IqRefusal ? error.code : "400", error instanceof Error ? error.message : "bad-request")
    }
  }

  async #dispatch(request: AnonymousIqRequest): Promise<boolean> {
    const xmlns = request.stanza.attrs["xmlns"] ?? ""
    const anonymous = this.#anonymousHandlers.get(xmlns)
    if (anonymous !== undefined) return anonymous(request)
    const { device } = request
    if (device === undefined) throw new IqRefusal("401", "not-authorized")
    const handler = this.#handlers.get(xmlns)
    return handler === undefined ? false : handler({ ...request, device })
  }

  #keepUnknown(stanza: BinaryNode): void {
    this.#counters.unknownIqs++
    this.unknown.push(stanza)
    if (this.unknown.length > UNKNOWN_KEPT_MAX) this.unknown.shift()
    this.#log(`sandbox: unknown iq ${JSON.stringify(stanza).slice(0, 500)}`)
  }
}
