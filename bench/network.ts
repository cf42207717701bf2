/** The sandbox network as a process of its own, controlled over HTTP. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const MAIN = fileURLToPath(new URL("../src/sandbox/network-main.ts", import.meta.url))

export class Network {
  readonly url: string
  readonly rootKey: string
  readonly caFile: string
  readonly #controlUrl: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, line: string) {
    const { url, rootKey, caFile, controlUrl } = JSON.parse(line) as Record<string, string>
    this.#child = child
    this.url = url ?? ""
    this.rootKey = rootKey ?? ""
    this.caFile = caFile ?? ""
    this.#controlUrl = controlUrl ?? ""
  }

  static async start(): Promise<Network> {
    const child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env.PATH ?? "", SANDBOX_PREKEY_COUNT: "50" },
      stdio: ["ignore", "pipe", "inherit"]
    })
    const [line] = (await once(createInterface(child.stdout), "line")) as [string]
    return new Network(child, line)
  }

  get ca(): string {
    return readFileSync(this.caFile, "utf8")
  }

  async order(route: string, body: unknown): Promise<void> {
    const response = await fetch(this.#controlUrl + route, { method: "POST", body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`the network refused ${route}: ${await response.text()}`)
  }

  async look(route: string): Promise<unknown> {
    return (await fetch(this.#controlUrl + route)).json()
  }

  end(): void {
    this.#child.kill("SIGTERM")
  }
}
