/** A gateway in a process of its own that records as many events as a test requests, for tests that observe it from outside. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { WebSocket } from "ws"
import { GatewayClient, OPERATOR_KEY } from "./gateway-client.ts"

export type Order =
  /** All at once; on the device of this number, if there is one. */
  | { readonly do: "record"; readonly count: number; readonly characters: number; readonly device?: number }
  /** One after the other until told to stop; prints `at <monotonic nanoseconds>` at the start of each. */
  | { readonly do: "pace"; readonly perSecond: number; readonly characters: number }
  | { readonly do: "rest" }
  /** The memory in use after a garbage collection. */
  | { readonly do: "weigh" }

export interface Answer {
  /** The last position of the log. */
  readonly position: number
  readonly url?: string
  readonly liveBytes?: number
}

const API_KEY = OPERATOR_KEY

export class Recorder extends GatewayClient implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #directory: string
  readonly url: string

  private constructor(child: ChildProcess, directory: string, url: string) {
    super()
    this.#child = child
    this.#directory = directory
    this.url = url
  }

  static async start(settings: Record<string, string> = {}): Promise<Recorder> {
    const directory = mkdtempSync(join(tmpdir(), "bitacora-recorder-"))
    const main = fileURLToPath(new URL("recorder-main.ts", import.meta.url))
    const env = { PATH: process.env.PATH, DATA_DIR: directory, PORT: "0", API_KEY, LOG_LEVEL: "error", ...settings }
    const child = fork(main, [], { env, execArgv: ["--expose-gc"] })
    const { url = "" } = await heard(child)
    return new Recorder(child, directory, url)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async order(order: Order): Promise<Answer> {
    const answer = heard(this.#child)
    this.#child.send(order)
    return answer
  }

  /** The process's resident memory, in megabytes. */
  get residentMegabytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8")
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024
  }

  /** A client of the live stream, as the operator. */
  async follow(query = ""): Promise<WebSocket> {
    const socket = new WebSocket(`${this.url.replace("http", "ws")}/v1/stream${query}`, {
      headers: { "x-api-key": API_KEY }
    })
    await once(socket, "open")
    return socket
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, "exit")
    this.#child.kill("SIGKILL")
    await exited
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

const heard = (child: ChildProcess): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the recorder ended with ${code}`))
    child.once("exit", ended)
    child.once("message", (answer) => {
      child.off("exit", ended)
      resolve(answer as Answer)
    })
  })
