/**
 * Writes the program's log to standard output, without waiting for its reader. A reader that hangs (a full pipe, a stuck terminal)
 * costs log lines and never blocks the gateway: lines beyond a bound are dropped, and their number is logged once there is room again.
 */
import type { Writable } from "node:stream"

const WAITING_BYTES_MAX = 1_000_000
/** How long waiting lines may delay the end of the process. */
const LAST_LINES_MS = 500

export class LogOutput {
  readonly #stream: Writable
  #dropped = 0

  constructor(stream: Writable) {
    this.#stream = stream
    stream.on("drain", () => this.#tellOfDropped())
  }

  /** Called by pino. */
  write(line: string): void {
    if (this.#stream.writableLength > WAITING_BYTES_MAX) this.#dropped++
    else this.#stream.write(line)
  }

  /** Resolves when all lines are written, or after LAST_LINES_MS. */
  async flush(): Promise<void> {
    if (this.#stream.writableLength === 0) return
    await Promise.race([
      new Promise((resolve) => this.#stream.once("drain", resolve)),
      new Promise((resolve) => setTimeout(resolve, LAST_LINES_MS))
    ])
  }

  #tellOfDropped(): void {
    if (this.#dropped === 0) return
    const line = {
      level: 40,
      time: new Date().toISOString(),
      dropped: this.#dropped,
      msg: "log lines were dropped: standard output was not read"
    }
    this.#dropped = 0
    this.#stream.write(`${JSON.stringify(line)}\n`)
  }
}
