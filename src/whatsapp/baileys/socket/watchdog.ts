/** Listens to one socket for signs of life, and judges by elapsed time whether the connection is dead (liveness.ts). */
import type { BinaryNode, WASocket } from "@whiskeysockets/baileys"
import { keepAlive } from "./keep-alive.ts"
import { Liveness, type LivenessLimits } from "./liveness.ts"

export interface Heard {
  /** Called when anything comes in. */
  readonly anything: () => void
  /** Called with each message stanza before Baileys works on it; answers whether Baileys has to decrypt it. */
  readonly message: (stanza: BinaryNode) => boolean
}

export class Watchdog {
  readonly #limits: LivenessLimits
  readonly #liveness: Liveness

  constructor(limits: LivenessLimits) {
    this.#limits = limits
    this.#liveness = new Liveness(limits)
  }

  watch(socket: WASocket, heard: Heard): void {
    keepAlive(socket, this.#limits.pingMs)
    socket.ws.on("frame", () => {
      this.#liveness.heard(performance.now())
      heard.anything()
    })
    socket.ws.prependListener("CB:message", (stanza: BinaryNode) => {
      if (heard.message(stanza)) this.#liveness.heardMessage(stanza.attrs.id ?? "", performance.now())
    })
  }

  /** Baileys has dealt with this message, or could not decrypt it. */
  understood(messageId: string): void {
    this.#liveness.understood(messageId, performance.now())
  }

  /** What is wrong with the connection, as a sentence; undefined when it is alive. */
  get problem(): string | undefined {
    return this.#liveness.problem(performance.now())
  }
}
