/**
 * Calls, as far as a gateway sees them: a call rings, the client may decline it, the ringing ends. There is no voice.
 * (messages-recv.js handleCall, rejectCall)
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import { lidJid, pnJid } from "../state/jid.ts"
import { children, element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Delivery } from "./delivery.ts"

/** A call that rings. */
export interface Call {
  readonly id: string
  /** Whether a client has declined it. */
  readonly declined: boolean
  /** Ends the ringing; a second time it does nothing. `timeout` means that the call was not answered. */
  readonly end: (reason?: "timeout") => void
}

const RINGING_MS = 60_000

/** Every call that rings. */
export class CallRouter {
  readonly #accounts: Accounts
  readonly #delivery: Delivery
  readonly #ringing = new Map<string, { declined: boolean; readonly timer: NodeJS.Timeout }>()

  constructor(accounts: Accounts, delivery: Delivery) {
    this.#accounts = accounts
    this.#delivery = delivery
  }

  /** Rings every companion of an account, by default for a minute. */
  ring(from: Account, to: Account, isVideo: boolean, ringingMs = RINGING_MS): Call {
    const id = serverStanzaId().toUpperCase()
    const state = { declined: false, timer: setTimeout(() => end("timeout"), ringingMs) }
    const end = (reason?: "timeout"): void => {
      clearTimeout(state.timer)
      if (this.#ringing.delete(id))
        this.#notify(from, to, element("terminate", { ...callAttributes(from, id), reason }))
    }
    this.#ringing.set(id, state)
    const kind = element(isVideo ? "video" : "audio")
    this.#notify(from, to, element("offer", { ...callAttributes(from, id), caller_pn: pnJid(from) }, [kind]))
    return {
      id,
      end,
      get declined() {
        return state.declined
      }
    }
  }

  /** Handles a `<call>` of a client: it declines a call. */
  handle(call: BinaryNode): void {
    for (const reject of children(call, "reject")) {
      const ringing = this.#ringing.get(reject.attrs["call-id"] ?? "")
      if (ringing !== undefined) ringing.declined = true
    }
  }

  /** Drops every call without a stanza to its companions. */
  stop(): void {
    for (const { timer } of this.#ringing.values()) clearTimeout(timer)
    this.#ringing.clear()
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
