/** The gateway as the process that an operator runs: started, called over HTTP, stopped with a signal. */
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { GatewayClient } from "./gateway-client.ts"

const MAIN = fileURLToPath(new URL("../../main.js", import.meta.url))

export class GatewayProcess extends GatewayClient {
  readonly url: string
  readonly #child: ChildProcess
  readonly #exited: Promise<number | null>
  readonly #said: () => string

  private constructor(url: string, child: ChildProcess, exited: Promise<number | null>, said: () => string) {
    super()
    this.url = url
    this.#child = child
    this.#exited = exited
    this.#said = said
  }

  /** Of the started script. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Its output so far. */
  get said(): string {
    return this.#said()
  }

  /** Resolves when it listens; rejects with its output when it ends earlier. */
  static async start(
    env: Readonly<Record<string, string>>,
    script = MAIN,
    { ownGroup = false }: { readonly ownGroup?: boolean } = {}
  ): Promise<GatewayProcess> {
    const child = spawn(process.execPath, [script], {
      env: { PATH: process.env.PATH ?? "", PORT: "0", LOG_LEVEL: "error", START_PAUSE_MS: "0", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: ownGroup
    })
    const exited = new Promise<number | null>((resolve) => child.once("exit", resolve))
    let said = ""
    const url = await new Promise<string>((resolve, reject) => {
      const listen = (chunk: Buffer) => {
        said += chunk.toString()
        const found = said.match(/listens on (http:\S+)/)?.[1]
        if (found !== undefined) resolve(found)
      }
      child.stdout?.on("data", listen)
      child.stderr?.on("data", listen)
      void exited.then((code) => reject(new Error(`the gateway ended with ${code}: ${said}`)))
    })
    return new GatewayProcess(url, child, exited, () => said)
  }

  /** Its exit code once it has ended; null after a kill. */
  get ended(): Promise<number | null> {
    return this.#exited
  }

  /** Stops reading its output. */
  stopReading(): void {
    this.#child.stdout?.pause()
    this.#child.stderr?.pause()
  }

  /** Sends the signal and waits for the end; returns the exit code, null after a kill. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal)
    return this.#exited
  }
}
