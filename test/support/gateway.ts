/**
 * The real gateway on the sandbox network, in this process: real HTTP on a free port, real Baileys sockets, real store.
 * One for a test file.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { type DestinationStream, pino } from "pino"
import { readSettings } from "../../src/config.ts"
import { type Gateway, startGateway } from "../../src/gateway.ts"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import type { NetworkOptions } from "../../src/sandbox/settings.ts"

export interface TestGatewayOptions {
  readonly env?: Record<string, string>
  readonly network?: NetworkOptions
  /** Where the gateway's log goes in place of the standard output. */
  readonly log?: DestinationStream
}

export interface Answer {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are checked by the tests that read them
  readonly body: any
  readonly headers: Headers
}

export const OPERATOR_KEY = "operator-key-for-tests"

export class TestGateway implements AsyncDisposable {
  network: Network
  readonly directory: string
  gateway: Gateway
  readonly #env: Record<string, string>
  readonly #options: TestGatewayOptions

  private constructor(
    network: Network,
    directory: string,
    gateway: Gateway,
    env: Record<string, string>,
    options: TestGatewayOptions
  ) {
    this.network = network
    this.directory = directory
    this.gateway = gateway
    this.#env = env
    this.#options = options
  }

  static async start(options: TestGatewayOptions = {}): Promise<TestGateway> {
    const network = await startNetwork(options.network)
    const directory = mkdtempSync(join(tmpdir(), "bitacora-gateway-"))
    const env = {
      PORT: "0",
      DATA_DIR: directory,
      API_KEY: OPERATOR_KEY,
      LOG_LEVEL: process.env.TEST_LOG ?? "error",
      SANDBOX: "1",
      WA_URL: network.url,
      WA_ROOT_KEY: network.rootKey,
      WA_CA_FILE: network.caFile,
      START_PAUSE_MS: "0",
      ...options.env
    }
    return new TestGateway(network, directory, await launch(env, options.log), env, options)
  }

  get url(): string {
    return this.gateway.url
  }

  /** Stops the gateway, does something, and starts it again on the same data; the network stays. */
  async restart(env: Record<string, string> = {}, meanwhile = async () => {}): Promise<void> {
    await this.gateway.stop()
    await meanwhile()
    this.gateway = await launch({ ...this.#env, ...env }, this.#options.log)
  }

  /** Stops the network, does something, and starts it again on the same ports; it needs a `stateDir`. The gateway goes on. */
  async restartNetwork(meanwhile: () => Promise<void>): Promise<void> {
    await this.network.stop()
    await meanwhile()
    this.network = await startNetwork(this.#options.network)
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...(options.operator === true ? { "x-api-key": OPERATOR_KEY } : {}),
        ...(options.body === undefined && options.raw === undefined ? {} : { "content-type": "application/json" }),
        ...options.headers
      },
      ...(options.raw === undefined
        ? options.body === undefined
          ? {}
          : { body: JSON.stringify(options.body) }
        : { body: options.raw })
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : parse(text) }
  }

  get(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.call("GET", path, options)
  }

  post(path: string, body: unknown, options: CallOptions = {}): Promise<Answer> {
    return this.call("POST", path, { ...options, body })
  }

  /** A new user; answers his token. */
  async user(numero: string, password = "correct horse"): Promise<string> {
    const { body } = await this.post("/api/registro", { numero, password })
    return body.token
  }

  /** Adds a device for the user, lets the phone scan its QR and waits until it is connected. */
  async connect(token: string, numero: string): Promise<void> {
    this.network.addPhone(numero)
    await this.post("/api/add-device", { numero, nombre: numero }, { token })
    await this.network.phone(numero).scanQr(await this.qr(token, numero))
    await this.untilState(token, numero, "CONNECTED")
  }

  /** The device's QR as a PNG data URL, once there is one. */
  async qr(token: string, numero: string): Promise<string> {
    return until(async () => (await this.get(`/api/qr?numero=${numero}`, { token })).body.qr, "a QR")
  }

  async state(token: string, numero: string): Promise<string> {
    return (await this.get(`/api/status?numero=${numero}`, { token })).body.state
  }

  async untilState(token: string, numero: string, state: string, timeoutMs = 15_000): Promise<void> {
    await until(async () => (await this.state(token, numero)) === state, `${numero} ${state}`, timeoutMs)
  }

  /** Waits until the phone has handed over its history: nothing of the pairing is left to happen. */
  async untilSynced(token: string, numero: string): Promise<void> {
    const look = async () => (await this.get(`/v1/devices/${numero}`, { token })).body.syncPercent === 100
    await until(look, `${numero} to be synced`)
  }

  /** The device's events, oldest first. */
  async events(token: string, numero: string): Promise<readonly RecordedJson[]> {
    const items: RecordedJson[] = []
    for (let after = "0"; ; ) {
      const { body } = await this.get(`/v1/devices/${numero}/events?limit=1000&after=${after}`, { token })
      items.push(...body.items)
      if (body.next === null) return items
      after = body.next
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop()
    await this.network.stop()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

export interface RecordedJson {
  readonly position: number
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly from: string | null
  readonly to: string | null
  readonly who: string
  readonly recordedAt: string
  readonly hash: string
  // oxlint-disable-next-line typescript/no-explicit-any -- the data of any event
  readonly data: any
}

export interface CallOptions {
  readonly token?: string
  readonly operator?: boolean
  readonly body?: unknown
  /** The body as it stands. */
  readonly raw?: string
  readonly headers?: Record<string, string>
}

const launch = async (env: Record<string, string>, log: DestinationStream | undefined): Promise<Gateway> => {
  const settings = await Effect.runPromise(readSettings(env))
  const options = { level: settings.logLevel }
  return startGateway(settings, "0.0.0-test", log === undefined ? pino(options) : pino(options, log))
}

/** What `look` answers, once that is neither false nor empty. */
export const until = async <A>(
  look: () => A | Promise<A>,
  what: string,
  timeoutMs = 15_000
): Promise<Exclude<A, undefined | null | false | "">> => {
  const end = Date.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found) return found as Exclude<A, undefined | null | false | "">
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
