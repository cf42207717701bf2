/**
 * The real gateway on the sandbox network, in this process: real HTTP on a free port, real Baileys sockets, real store.
 * One per test file.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import { type DestinationStream, pino } from "pino"
import { readSettings } from "../../src/config.ts"
import { type Gateway, startGateway } from "../../src/gateway.ts"
import type { Route } from "../../src/http/declaration.ts"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import type { NetworkOptions } from "../../src/sandbox/settings.ts"
import { GatewayClient, onNetwork } from "./gateway-client.ts"

export interface TestGatewayOptions {
  readonly env?: Record<string, string>
  /** Settings that name something of the network. */
  readonly envOf?: (network: Network) => Record<string, string>
  readonly network?: NetworkOptions
  /** Where the gateway's log goes in place of the standard output. */
  readonly log?: DestinationStream
}

export class TestGateway extends GatewayClient implements AsyncDisposable {
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
    super()
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
      ALLOWED_HOSTS: "*",
      LOG_LEVEL: process.env.TEST_LOG ?? "error",
      ...onNetwork(network),
      ...options.env,
      ...options.envOf?.(network)
    }
    return new TestGateway(network, directory, await launch(env, options.log), env, options)
  }

  get url(): string {
    return this.gateway.url
  }

  /** Stops the gateway, runs a function, and starts the gateway again on the same data; the network keeps running. */
  async restart(env: Record<string, string> = {}, meanwhile = async () => {}): Promise<void> {
    await this.gateway.stop()
    await meanwhile()
    this.gateway = await launch({ ...this.#env, ...env }, this.#options.log)
  }

  /** Stops the network, runs a function, and starts the network again on the same ports; needs a `stateDir`. The gateway keeps running. */
  async restartNetwork(meanwhile: () => Promise<void>): Promise<void> {
    await this.network.stop()
    await meanwhile()
    this.network = await startNetwork(this.#options.network)
  }

  /** Adds a device and its phone for the user, lets the phone scan the QR, and waits until the device is connected. */
  async connect(token: string, numero: string): Promise<void> {
    const phone = this.network.addPhone(numero)
    await this.link(token, numero, (qr) => phone.scanQr(qr))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop()
    await this.network.stop()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

const launch = async (env: Record<string, string>, log: DestinationStream | undefined): Promise<Gateway> => {
  const settings = await Effect.runPromise(readSettings(env))
  const options = { level: settings.logLevel }
  const logger = log === undefined ? pino(options) : pino(options, log)
  return startGateway(settings, "0.0.0-test", logger, { checkAnswer })
}

/** Checks every response of every test against its route's declaration: nothing missing, wrong or undeclared. */
const checkAnswer = ({ id }: Route, schema: Schema.Top, text: string): void => {
  const decode = Schema.decodeUnknownSync(schema as Schema.Decoder<unknown>, { onExcessProperty: "error" })
  try {
    decode(JSON.parse(text))
  } catch (failure) {
    throw new Error(`the answer of ${id} is not as declared: ${text.slice(0, 500)}`, { cause: failure })
  }
}
