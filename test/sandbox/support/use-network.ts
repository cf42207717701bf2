/**
 * One network for a test file. It starts before the tests and stops after them. At the end it checks what no test may
 * cause: queries that the network did not understand, messages submitted twice, and two sockets of one device.
 */
import type { UserFacingSocketConfig } from "@whiskeysockets/baileys"
import { afterAll, beforeAll, expect } from "vitest"
import type { Network } from "../../../src/sandbox/network.ts"
import type { NetworkOptions } from "../../../src/sandbox/settings.ts"
import { startNetwork } from "../../../src/sandbox/start-network.ts"
import { BareClient } from "./bare-client.ts"

/** A client that is paired and open, and the number of its phone. */
export interface Paired {
  readonly client: BareClient
  readonly number: string
}

export class NetworkUnderTest {
  /** The lines that the network logged. */
  readonly log: string[] = []
  readonly #clients: BareClient[] = []
  #network: Network | undefined
  #nextNumber = 5_491_100_000_001

  get network(): Network {
    if (this.#network === undefined) throw new Error("the network starts in beforeAll")
    return this.#network
  }

  async start(options: NetworkOptions): Promise<void> {
    this.#network = await startNetwork({ prekeyCount: 50, log: (line) => this.log.push(line), ...options })
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
    await this.#network?.stop()
  }

  /** A number without an account. */
  newNumber(): string {
    return String(this.#nextNumber++)
  }

  /** A new client, which is closed at the end. */
  client(config: Partial<UserFacingSocketConfig> = {}): BareClient {
    return this.keep(new BareClient(this.network, config))
  }

  /** Closes this client at the end. */
  keep(client: BareClient): BareClient {
    this.#clients.push(client)
    return client
  }

  /** A new client that is open, with a new phone. Its credentials are provisioned, which is faster than pairing. */
  async loggedIn(config: Partial<UserFacingSocketConfig> = {}, name = "Ana"): Promise<Paired> {
    const number = this.newNumber()
    const creds = await this.network.addPhone(number, { name }).provision()
    const client = await this.keep(new BareClient(this.network, config, creds)).open()
    await client.settled()
    return { client, number }
  }

  /** Another client that is open, with a phone that exists. */
  async companionOf(number: string): Promise<BareClient> {
    const creds = await this.network.phone(number).provision()
    const client = await this.keep(new BareClient(this.network, {}, creds)).open()
    return client.settled()
  }
}

/** Starts a network for this file. `expectSecondSockets` is for files whose tests log in twice on purpose. */
export function useNetwork(options: NetworkOptions = {}, { expectSecondSockets = false } = {}): NetworkUnderTest {
  const underTest = new NetworkUnderTest()
  beforeAll(() => underTest.start(options))
  afterAll(async () => {
    const { unknownIqs, socketsAtOnce, duplicateMessageIds } = underTest.network.stats()
    const unknown = underTest.network.unknownIqs
    await underTest.stop()
    expect(unknown).toEqual([])
    expect({ unknownIqs, duplicateMessageIds }).toEqual({ unknownIqs: 0, duplicateMessageIds: 0 })
    if (!expectSecondSockets) expect(socketsAtOnce).toBeLessThanOrEqual(1)
  })
  return underTest
}
