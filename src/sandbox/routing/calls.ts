/**
 * Calls, as far as a gateway sees them: a call rings, a client may decline it, the ringing ends. There is no voice.
 * (messages-recv.js handleCall, rejectCall.) A client can also make a link that others join (chats.js createCallLink).
 */
import { randomBytes } from "node:crypto"
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import { lidJid, pnJid } from "../state/jid.ts"
import { child, children, element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Delivery } from "./delivery.ts"

/** A call. */
export interface Call {
  readonly id: string
  /** Whether a client has declined it. */
  readonly declined: boolean
  /** Ends the ringing; a second time it does nothing. `timeout` means that the call was not answered. */
  readonly end: (reason?: "timeout") => void
}

/** A call as its caller sees it. */
export interface PlacedCall {
  readonly id: string
  /** Number of the account that is called. */
  readonly to: string
  readonly video: boolean
  readonly state: "ringing" | "declined" | "ended"
}

/** A link that a client made. */
export interface CallLink {
  readonly token: string
  /** Number of the account that made it. */
  readonly by: string
  readonly media: string
  /** Unix seconds; missing for a link that is not for an event. */
  readonly startsAt?: number
}

interface CallState {
  readonly from: Account
  readonly to: Account
  readonly video: boolean
  state: PlacedCall["state"]
  readonly timer: NodeJS.Timeout
}

const RINGING_MS = 60_000
const KEPT_MAX = 1000

/** Every call since the start, and every link. */
export class CallRouter {
  readonly #accounts: Accounts
  readonly #delivery: Delivery
  readonly #calls = new Map<string, CallState>()
  readonly #links: CallLink[] = []

  constructor(accounts: Accounts, delivery: Delivery) {
    this.#accounts = accounts
    this.#delivery = delivery
  }

  /** Rings every companion of an account, by default for a minute. */
  ring(from: Account, to: Account, isVideo: boolean, ringingMs = RINGING_MS): Call {
    const id = serverStanzaId().toUpperCase()
    const timer = setTimeout(() => end("timeout"), ringingMs)
    const call: CallState = { from, to, video: isVideo, state: "ringing", timer }
    let isOver = false
    const end = (reason?: "timeout"): void => {
      clearTimeout(timer)
      if (isOver) return
      isOver = true
      if (call.state === "ringing") call.state = "ended"
      this.#notify(from, to, element("terminate", { ...callAttributes(from, id), reason }))
    }
    this.#keep(id, call)
    const kind = element(isVideo ? "video" : "audio")
    this.#notify(from, to, element("offer", { ...callAttributes(from, id), caller_pn: pnJid(from) }, [kind]))
    return {
      id,
      end,
      get declined() {
        return call.state === "declined"
      }
    }
  }

  /** The calls of an account, oldest first; of more than a thousand of the network, the last. */
  placedBy(account: Account): PlacedCall[] {
    return [...this.#calls]
      .filter(([, { from }]) => from === account)
      .map(([id, { to, video, state }]) => ({ id, to: to.number, video, state }))
  }

  /** The links that clients made, oldest first. */
  get links(): readonly CallLink[] {
    return this.#links
  }

  /**
   * Handles a `<call>` of a client: it declines a call, or makes a link. Returns what goes into the ack. The caller's companions are
   * told that the call was declined.
   */
  handle(from: Device, stanza: BinaryNode): BinaryNode[] | undefined {
    for (const reject of children(stanza, "reject")) this.#decline(from.account, reject)
    const request = child(stanza, "link_create")
    return request === undefined ? undefined : [this.#createLink(from.account, request)]
  }

  /** Drops every call without a stanza to its companions. */
  stop(): void {
    for (const { timer } of this.#calls.values()) clearTimeout(timer)
    this.#calls.clear()
  }

  #decline(by: Account, reject: BinaryNode): void {
    const id = reject.attrs["call-id"] ?? ""
    const call = this.#calls.get(id)
    if (call?.to !== by || call.state !== "ringing") return
    call.state = "declined"
    this.#notify(by, call.from, element("reject", { ...callAttributes(call.from, id), count: "0" }))
  }

  #createLink({ number }: Account, request: BinaryNode): BinaryNode {
    const media = request.attrs["media"] ?? "audio"
    const startsAt = child(request, "event")?.attrs["start_time"]
    const token = randomBytes(16).toString("base64url")
    this.#links.push({ token, by: number, media, ...(startsAt === undefined ? {} : { startsAt: Number(startsAt) }) })
    if (this.#links.length > KEPT_MAX) this.#links.shift()
    return element("link_create", { token, media })
  }

  #keep(id: string, call: CallState): void {
    this.#calls.set(id, call)
    for (const [oldest, { timer }] of this.#calls) {
      if (this.#calls.size <= KEPT_MAX) return
      clearTimeout(timer)
      this.#calls.delete(oldest)
    }
  }

  #notify(from: Account, to: Account, content: BinaryNode): void {
    for (const companion of this.#accounts.companions(to)) {
      const attrs = { from: lidJid(from), id: serverStanzaId(), t: unixSeconds() }
      this.#delivery.deliver(companion, element("call", attrs, [content]))
    }
  }
}

function callAttributes(from: Account, callId: string): Record<string, string> {
  return { "call-id": callId, "call-creator": lidJid(from) }
}
