/**
 * Calls, as far as a gateway sees them: somebody rings, it may decline, the ringing ends. There is no voice.
 * (messages-recv.js handleCall, rejectCall)
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { lidJid, pnJid } from "../state/jid.ts"
import type { Delivery } from "./delivery.ts"
import { children, element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Account, World } from "../state/accounts.ts"

/** One call that rings. */
export interface Call {
  readonly id: string
  /** Whether a client has declined it. */
  readonly declined: boolean
  /** Stops the ringing, once; `timeout` means that nobody answered. */
  readonly end: (reason?: "timeout") => void
}

const RINGING_MS = 60_000

/** The calls that ring. */
export class CallRouter {
  readonly #world: World
  readonly #delivery: Delivery
  readonly #ringing = new Map<string, { declined: boolean; readonly timer: NodeJS.Timeout }>()

  constructor(world: World, delivery: Delivery) {
    this.#world = world
    this.#delivery = delivery
  }

  /** Rings every companion of somebody, for a minute at most. */
  ring(from: Account, to: Account, isVideo: boolean, ringingMs = RINGING_MS): Call {
    const id = serverStanzaId().toUpperCase()
    const state = { declined: false, timer: setTimeout(() => end("timeout"), ringingMs) }
    const end = (reason?: "timeout"): void => {
      clearTimeout(state.timer)
      if (this.#ringing.delete(id)) this.#tell(from, to, element("terminate", { ...callAttributes(from, id), reason }))
    }
    this.#ringing.set(id, state)
    const kind = element(isVideo ? "video" : "audio")
    this.#tell(from, to, element("offer", { ...callAttributes(from, id), caller_pn: pnJid(from) }, [kind]))
    return {
      id,
      end,
      get declined() {
        return state.declined
      }
    }
  }

  /** Takes a client's `<call>`: it declines. */
  take(call: BinaryNode): void {
    for (const reject of children(call, "reject")) {
      const ringing = this.#ringing.get(reject.attrs["call-id"] ?? "")
      if (ringing !== undefined) ringing.declined = true
    }
  }

  /** Forgets what rings. */
  stop(): void {
    for (const { timer } of this.#ringing.values()) clearTimeout(timer)
    this.#ringing.clear()
  }

  #tell(from: Account, to: Account, content: BinaryNode): void {
    for (const device of this.#world.devices(to)) {
      if (device.id === 0) continue
      const attrs = { from: lidJid(from), id: serverStanzaId(), t: unixSeconds() }
      this.#delivery.deliver(device, element("call", attrs, [content]))
    }
  }
}

function callAttributes(from: Account, callId: string): Record<string, string> {
  return { "call-id": callId, "call-creator": lidJid(from) }
}
