/**
 * Calls, as far as a gateway sees them: somebody rings, it may decline, the ringing ends. There is no voice.
 * (messages-recv.js handleCall, rejectCall)
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { lidJid, pnJid } from "../address.ts"
import type { Delivery } from "../delivery.ts"
import { children, element, serverStanzaId, unixSeconds } from "../stanza.ts"
import type { Account, Device, World } from "../world.ts"

export class CallRouter {
  readonly #world: World
  readonly #delivery: Delivery
  /** Calls that were declined, by id. */
  readonly declined = new Set<string>()

  constructor(world: World, delivery: Delivery) {
    this.#world = world
    this.#delivery = delivery
  }

  /** Rings every companion of somebody and gives the id of the call. */
  ring(from: Account, to: Account, isVideo: boolean): string {
    const callId = serverStanzaId().toUpperCase()
    const kind = element(isVideo ? "video" : "audio")
    this.#tell(from, to, element("offer", { ...callAttributes(from, callId), caller_pn: pnJid(from) }, [kind]))
    return callId
  }

  /** Stops ringing; `timeout` when nobody answered. */
  end(from: Account, to: Account, callId: string, reason?: "timeout"): void {
    this.#tell(from, to, element("terminate", { ...callAttributes(from, callId), reason }))
  }

  /** Takes a client's `<call>`: it declines. */
  take(_device: Device, call: BinaryNode): void {
    for (const reject of children(call, "reject")) {
      const callId = reject.attrs["call-id"]
      if (callId !== undefined) this.declined.add(callId)
    }
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
