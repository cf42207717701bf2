/**
 * Dispatches the queries of clients (`<iq>`, XMPP's info/query) to handlers, by their xmlns. A query that no handler
 * understands is answered with error 501, kept and counted. A test that ends with one has found a query that this network
 * should support.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { ArmedFaults } from "../faults/armed-faults.ts"
import { IqRefusal } from "../request-errors.ts"
import { GroupRefusal } from "../routing/group-rights.ts"
import type { Counters } from "../state/counters.ts"
import type { Device } from "../state/device.ts"
import type { Connection } from "../wire/connection.ts"
import { children, element, SERVER } from "../wire/stanza.ts"

/** One query of a client that has logged in. */
export interface IqRequest {
  readonly connection: Connection
  /** The device that asks. */
  readonly device: Device
  readonly stanza: BinaryNode
  readonly isSet: boolean
  /** The first child, which names what is asked; an empty node when there is none. */
  readonly first: BinaryNode
  /** Sends the result. Stanzas that a handler sends after this call reach the client after the result. */
  readonly answer: (content?: BinaryNode[]) => void
}

/** A query of a client that need not have logged in. */
export type AnonymousIqRequest = Omit<IqRequest, "device"> & { readonly device: Device | undefined }

/** Answers a query. Returns false when it does not understand the query; throws an `IqRefusal` to refuse it. */
type IqHandler = (request: IqRequest) => boolean | Promise<boolean>
/** Answers a query that needs no login. */
type AnonymousIqHandler = (request: AnonymousIqRequest) => boolean | Promise<boolean>

const UNKNOWN_KEPT_MAX = 100

/** The handlers. Each query is answered exactly once. */
export class IqRegistry {
  readonly #handlers = new Map<string, IqHandler>()
  readonly #anonymousHandlers = new Map<string, AnonymousIqHandler>()
  readonly #counters: Counters
  readonly #faults: ArmedFaults
  readonly #log: (line: string) => void
  /** The last hundred queries that no handler understood. */
  readonly unknown: BinaryNode[] = []

  constructor(counters: Counters, faults: ArmedFaults, log: (line: string) => void) {
    this.#counters = counters
    this.#faults = faults
    this.#log = log
  }

  /** Registers the handler of an xmlns. */
  on(xmlns: string, handler: IqHandler): void {
    this.#handlers.set(xmlns, handler)
  }

  /** Registers the handler of an xmlns that clients may query before login. */
  onAnonymous(xmlns: string, handler: AnonymousIqHandler): void {
    this.#anonymousHandlers.set(xmlns, handler)
  }

  /** Answers one query, unless the fault `iq_error` says otherwise. */
  async handle(connection: Connection, stanza: BinaryNode): Promise<void> {
    const { id, type, to } = stanza.attrs
    // The response to a query of the server that has timed out, or that the server never sent.
    if (type === "result" || type === "error") return
    const fault = this.#faults.trigger(
      "iq_error",
      connection.device?.account.number,
      ({ xmlns }) => connection.device !== undefined && xmlns === stanza.attrs["xmlns"]
    )
    if (fault !== undefined && fault.code === undefined) return
    const reply = (kind: "result" | "error", content?: BinaryNode[]): void =>
      connection.push(element("iq", { from: to ?? SERVER, type: kind, id }, content))
    const refuse = (code: string, text: string, backoff?: string): void =>
      reply("error", [element("error", { code, text, backoff })])
    const request: AnonymousIqRequest = {
      connection,
      device: connection.device,
      stanza,
      isSet: type === "set",
      first: children(stanza)[0] ?? element(""),
      answer: (content) => reply("result", content)
    }
    try {
      if (fault?.code !== undefined) throw new IqRefusal(String(fault.code), fault.code === 429 ? "rate-overlimit" : "")
      if (await this.#dispatch(request)) return
      this.#keepUnknown(stanza)
      refuse("501", "feature-not-implemented")
    } catch (thrown) {
      const error = thrown instanceof GroupRefusal ? new IqRefusal(thrown.code, thrown.message) : thrown
      if (!(error instanceof IqRefusal))
        this.#log(`sandbox: an iq of ${stanza.attrs["xmlns"]} failed and is refused: ${String(error)}`)
      const text = error instanceof Error ? error.message : "bad-request"
      if (error instanceof IqRefusal) refuse(error.code, text, error.backoff)
      else refuse("400", text)
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
    this.#log(`sandbox: unknown iq, answered with error 501: ${JSON.stringify(stanza).slice(0, 500)}`)
  }
}
