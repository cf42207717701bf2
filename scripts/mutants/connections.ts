/** Mutants of connections: their life, links, and keys. */
import type { Mutant } from "./mutant.ts"

export const connection: readonly Mutant[] = [
  {
    breaks: "an unreadable message is asked for five times more with each connection",
    file: "adapter.ts",
    text: "msgRetryCounterCache: retryCounts.ofDevice(request.device.number)",
    becomes: "msgRetryCounterCache: new RetryCounts().ofDevice(request.device.number)",
    killedBy: ["test/gateway/unreadable.test.ts"]
  },
  {
    breaks: "what Baileys holds back is lost when the connection ends",
    file: "lifecycle.ts",
    text: "      socket.ev.flush()\n      this.#ended(",
    becomes: "      this.#ended(",
    killedBy: ["test/gateway/backlog.test.ts"]
  },
  {
    breaks: "what Baileys holds back is lost when the device is stopped",
    file: "lifecycle.ts",
    text: "      socket.ev.flush()\n      ending()",
    becomes: "      ending()",
    killedBy: ["test/gateway/backlog.test.ts"]
  },
  {
    breaks: "what Baileys holds back may wait for half a minute",
    file: "lifecycle.ts",
    text: "    socket.ev.flush()\n    const { problem }",
    becomes: "    const { problem }",
    killedBy: ["test/gateway/backlog.test.ts"]
  },
  {
    breaks: "a refused HTTP upgrade leaves the device connecting for ever",
    file: "lifecycle.ts",
    text: "this.#giveUp(CloseCode.unavailable)",
    becomes: "void CloseCode.unavailable",
    killedBy: ["test/faults/network.test.ts"]
  },
  {
    breaks: "a deaf connection is taken for a living one",
    file: "socket/liveness.ts",
    text: "now - Math.max(oldest, this.#understoodAt) > this.#limits.deafMs",
    becomes: "now < oldest",
    killedBy: ["test/faults/connection.test.ts"]
  },
  {
    breaks: "a message whose keys are used up makes its connection seem deaf",
    file: "connection.ts",
    text: "undecipherable: (messageId) => watchdog.understood(messageId)",
    becomes: "undecipherable: () => {}",
    killedBy: ["test/faults/connection.test.ts"]
  },
  {
    breaks: "the end of a ban is not known",
    file: "socket/close-reason.ts",
    text: "Number.isFinite(seconds) && seconds > 0",
    becomes: "Number.isNaN(seconds)",
    killedBy: ["test/faults/connection.test.ts"]
  },
  {
    breaks: "a listener of Baileys that fails ends the process",
    file: "socket/listener-failures.ts",
    text: "failed(failure)",
    becomes: "throw failure",
    killedBy: ["test/whatsapp/listener-failures.test.ts"]
  }
]

export const linking: readonly Mutant[] = [
  {
    breaks: "a pairing code is asked for under a name that WhatsApp refuses",
    file: "pairing/browser.ts",
    text: "`${browser} (Linux)`",
    becomes: "`${browser} (Bitácora)`",
    killedBy: ["test/linking/code.test.ts"]
  },
  {
    breaks: "a link with a passkey never gets past the assertion",
    file: "pairing/pairing.ts",
    text: "crsc_continuation: (notification) => this.#passkey.hearContinuation(notification)",
    becomes: "crsc_continuation: () => {}",
    killedBy: ["test/linking/passkey.test.ts"]
  },
  {
    breaks: "a QR is not drawn again when the phone has refused its secret",
    file: "pairing/pairing.ts",
    text: 'this.#round.redraw("refused")',
    becomes: "void this.#round",
    killedBy: ["test/linking/qr.test.ts"]
  },
  {
    breaks: "a new secret undoes the link that a phone has answered",
    file: "pairing/pairing.ts",
    text: "if (!isOne || this.#code.isAnswered || this.#passkey.isPending) return",
    becomes: "if (!isOne || this.#passkey.isPending) return",
    killedBy: ["test/linking/code.test.ts"]
  },
  {
    breaks: "WhatsApp's pings before the login are not answered",
    file: "pairing/notices.ts",
    text: 'CB:iq,xmlns:urn:xmpp:ping"',
    becomes: 'CB:iq,xmlns:urn:xmpp:pong"',
    killedBy: ["test/linking/waiting.test.ts"]
  }
]

export const keys: readonly Mutant[] = [
  {
    breaks: "a socket that was replaced puts back keys that are used up",
    file: "auth/device-rows.ts",
    text: "if (this.#isCurrent() && writes.length > 0)",
    becomes: "if (writes.length > 0)",
    killedBy: ["test/whatsapp/baileys-auth.db.test.ts"]
  },
  {
    breaks: "app-state keys come back as plain objects, and Baileys syncs without end",
    file: "auth/key-store.ts",
    text: 'type === "app-state-sync-key" ? proto.Message.AppStateSyncKeyData.fromObject(value as object) : value',
    becomes: "value",
    killedBy: ["test/whatsapp/baileys-auth.db.test.ts"]
  },
  {
    breaks: "a pairing code that no phone typed makes the next connection log in instead of pairing",
    file: "auth/device-auth.ts",
    text: "if (!creds.account) forgetProvisional(creds)",
    becomes: "void forgetProvisional",
    killedBy: ["test/whatsapp/baileys-auth.db.test.ts"]
  },
  {
    breaks: "messages that cross each other undo each other's sessions",
    file: "encryption/sessions.ts",
    text: '(auth.creds as Partial<AuthenticationCreds>).me?.id ?? ""',
    becomes: "`${parts}`",
    killedBy: ["test/whatsapp/sessions.test.ts"]
  },
  {
    breaks: "what one device changes in a session is written into another device's transaction",
    file: "encryption/sessions.ts",
    text: "inContext(() => keys.set(withinLimits(data)))",
    becomes: "keys.set(withinLimits(data))",
    killedBy: ["test/whatsapp/sessions.test.ts"]
  },
  {
    breaks: "a session grows until its conversation ends",
    file: "encryption/session-limits.ts",
    text: "chainType !== RECEIVING || tooMany-- <= 0",
    becomes: "chainType !== RECEIVING || tooMany < Infinity",
    killedBy: ["test/whatsapp/session-limits.prop.test.ts"]
  },
  {
    breaks: "names that are kept for days hold whole transactions in memory",
    file: "encryption/sessions.ts",
    text: "if (cache) cache.set = AsyncResource.bind(cache.set, undefined, cache)",
    becomes: "void AsyncResource.bind(() => cache)",
    killedBy: ["test/whatsapp/memory.test.ts"]
  }
]
