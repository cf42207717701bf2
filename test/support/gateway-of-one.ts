/** A gateway with one connected device, and requests below `/v1/devices/:id`. */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { TestGateway, type TestGatewayOptions } from "./gateway.ts"
import type { Answer } from "./gateway-client.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- each test checks the record that it reads
type Performed = any

export class GatewayOfOne implements AsyncDisposable {
  readonly gateway: TestGateway
  readonly token: string
  readonly #number: string

  private constructor(gateway: TestGateway, token: string, number: string) {
    this.gateway = gateway
    this.token = token
    this.#number = number
  }

  /** Resolves when the device is connected and its phone has transferred its history. */
  static async start(number: string, options: TestGatewayOptions = {}): Promise<GatewayOfOne> {
    const gateway = await TestGateway.start({ network: { prekeyCount: 50 }, ...options })
    const token = await gateway.user(number)
    await gateway.connect(token, number)
    await gateway.untilSynced(token, number)
    return new GatewayOfOne(gateway, token, number)
  }

  get network() {
    return this.gateway.network
  }

  call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const { token } = this
    const given = body === undefined ? {} : { body }
    return this.gateway.call(method, `/v1/devices/${this.#number}${path}`, { token, headers, ...given })
  }

  get(path: string): Promise<Answer> {
    return this.call("GET", path)
  }

  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.call("POST", path, body, headers)
  }

  put(path: string, body?: unknown): Promise<Answer> {
    return this.call("PUT", path, body)
  }

  patch(path: string, body: unknown): Promise<Answer> {
    return this.call("PATCH", path, body)
  }

  /** What was recorded of operations, oldest first. */
  async performed(): Promise<readonly Performed[]> {
    const events = await this.gateway.events(this.token, this.#number)
    return events.filter(({ type }) => type === "operation.performed").map(({ data }) => data)
  }

  async lastPerformed(): Promise<Performed> {
    return (await this.performed()).at(-1)
  }

  /** The names of all files in the media folder. */
  mediaFiles(): readonly string[] {
    return readdirSync(join(this.gateway.directory, "media"))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]()
  }
}
