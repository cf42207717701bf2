/**
 * A gateway on a sandbox network, with a device for each fault: what happens is observed from all sides and becomes a row of
 * docs/FAULTS.md. Waiting times are as short as they can be; the document's preface names them.
 */
import { expect } from "vitest"
import type { NetworkOptions } from "../../../src/sandbox/settings.ts"
import { type Follower, follow } from "../../http/support/follower.ts"
import { TestGateway } from "../../support/gateway.ts"
import type { RecordedJson } from "../../support/gateway-client.ts"
import { until } from "../../support/until.ts"
import type { FaultName } from "./catalogue.ts"
import { cells, readDocument, type Row } from "./document.ts"
import { saidBehind, saidSoFar } from "./wiretap.ts"

export const CONTACT = "51999999999"
const USER = "51900000001"
/** Longer than anything takes to come through. */
const QUIET_MS = 100

export const quickSettings = {
  RETRY_FIRST_MS: "40",
  RETRY_CAP_MS: "200",
  RETRY_REPLACED_MS: "100",
  WA_KEEP_ALIVE_MS: "500",
  WA_OPENING_TIMEOUT_MS: "3000",
  WA_DEAF_AFTER_MS: "3000",
  DEVICES_PER_USER_MAX: "1000",
  NEW_DEVICES_PER_DAY_MAX: "1000",
  RATE_LIMIT_MAX: "100000"
}

export class Scene implements AsyncDisposable {
  readonly gateway: TestGateway
  readonly token: string
  follower: Follower
  /** What the network logged. */
  readonly #lines: readonly string[]
  #numbers = 0

  private constructor(gateway: TestGateway, token: string, follower: Follower, lines: readonly string[]) {
    this.gateway = gateway
    this.token = token
    this.follower = follower
    this.#lines = lines
  }

  static async start(
    options: { readonly env?: Record<string, string>; readonly network?: NetworkOptions } = {}
  ): Promise<Scene> {
    const lines: string[] = []
    const gateway = await TestGateway.start({
      env: { ...quickSettings, ...options.env },
      network: { prekeyCount: 50, log: (line) => void lines.push(line), ...options.network }
    })
    gateway.network.addContact(CONTACT, { behaviour: "silent" })
    const token = await gateway.user(USER)
    return new Scene(gateway, token, await follow(gateway, "?after=0", { token }), lines)
  }

  /** Stops the gateway and starts it again; its client follows again from where it was. */
  async restartGateway(env: Record<string, string> = {}, meanwhile = async () => {}): Promise<void> {
    const { follower, gateway, token } = this
    await gateway.restart(env, meanwhile)
    await follower.closed
    this.follower = await follow(gateway, "?after=0", { token })
  }

  newNumber(): string {
    return `51911${String(++this.#numbers).padStart(6, "0")}`
  }

  /** A device that is connected, its history handed over. */
  async connected(): Promise<Subject> {
    const numero = this.newNumber()
    await this.gateway.connect(this.token, numero)
    await this.gateway.untilSynced(this.token, numero)
    return Subject.of(this, numero)
  }

  /** A device with a phone, that nobody has asked to connect. */
  async added(number = this.newNumber()): Promise<Subject> {
    this.gateway.network.addPhone(number)
    await this.gateway.post("/v1/devices", { number }, { token: this.token })
    return Subject.of(this, number)
  }

  /** To be called when all is over: the network understood everything, and no device was there twice at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.follower[Symbol.asyncDispose]()
    const { unknownIqs } = this.gateway.network
    const { socketsAtOnce } = this.gateway.network.stats()
    await this.gateway[Symbol.asyncDispose]()
    expect(unknownIqs).toEqual([])
    expect(this.#lines.filter((line) => line.includes("a connection failed"))).toEqual([])
    expect(socketsAtOnce).toBe(1)
  }
}

/** What a test adds to what is observed anyway. */
interface Told {
  /** Any answers that the client got while the fault lasted. */
  readonly client?: readonly string[]
  /** The number that linked, where it is not the device's. */
  readonly linkedAs?: string
  /** Whether the device is CONNECTED in the end, without anybody's help. */
  readonly isBack?: boolean
}

/** A device under observation, from its making or from the last `strike` on. */
export class Subject {
  readonly numero: string
  readonly #scene: Scene
  readonly #id: string
  #version = 0
  #said = 0
  #since = 0

  private constructor(scene: Scene, numero: string, id: string) {
    this.#scene = scene
    this.#id = id
    this.numero = numero
  }

  static async of(scene: Scene, numero: string): Promise<Subject> {
    const { gateway, token } = scene
    const { body } = await gateway.get(`/v1/devices/${numero}`, { token })
    const subject = new Subject(scene, numero, body.id)
    await subject.observe()
    return subject
  }

  /** From here on. */
  async observe(): Promise<void> {
    this.#version = (await this.#all()).length
    this.#said = saidSoFar()
    this.#since = Date.now()
  }

  /** Waits until nothing more comes. */
  async settled(): Promise<void> {
    for (let before = -1, now = 0; before !== now; ) {
      before = now
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
      now = (await this.#all()).length
    }
  }

  /** The device's events since then. */
  async events(): Promise<readonly RecordedJson[]> {
    return (await this.#all()).slice(this.#version)
  }

  /** Waits for an event of this type. */
  async until(type: string, count = 1, timeoutMs = 15_000): Promise<RecordedJson> {
    const found = async () => (await this.events()).filter((event) => event.type === type).at(count - 1)
    return until(found, `${count} × ${type} of ${this.numero}`, timeoutMs)
  }

  /** Waits until it was lost and is CONNECTED again. */
  async untilBack(timeoutMs = 15_000): Promise<void> {
    await this.until("connection.opened", 1, timeoutMs)
    await this.untilState("CONNECTED", timeoutMs)
  }

  async untilState(state: string, timeoutMs = 15_000): Promise<void> {
    const { gateway, token } = this.#scene
    await until(async () => (await this.device()).state === state, `${this.numero} ${state}`, timeoutMs)
    await gateway.untilState(token, this.numero, state, timeoutMs)
  }

  async device() {
    const { gateway, token } = this.#scene
    return (await gateway.get(`/v1/devices/${this.#id}`, { token })).body
  }

  async post(command: string, body: unknown = {}) {
    const { gateway, token } = this.#scene
    return gateway.post(`/v1/devices/${this.#id}/${command}`, body, { token })
  }

  async send(text = "hola", number = CONTACT) {
    const { gateway, token } = this.#scene
    return gateway.post("/api/send-message", { number, message: text, fromNumber: this.numero }, { token })
  }

  async message(id: string) {
    const { gateway, token } = this.#scene
    return (await gateway.get(`/v1/messages/${id}`, { token })).body
  }

  /** Everything that was observed, as a row. In a state to send in, it must be able to. */
  async row(fault: FaultName, { client = [], isBack, linkedAs = this.numero }: Told = {}): Promise<Row> {
    const { state, reason, userAction } = await this.device()
    const backMs = Date.now() - this.#since
    const answer = await this.send()
    const events = await this.events()
    const isReady = state === "CONNECTED"
    const why = [state, reason, userAction].filter(Boolean).join(", ")
    expect(answer.status === 200, "a send is taken when CONNECTED, and only then").toBe(isReady)
    await this.#isOnStream(events)
    const { messageId } = answer.body
    const others = events.filter(({ data }) => messageId === undefined || data.messageId !== messageId)
    const ofDevice = others.filter(({ stream }) => stream.startsWith("device/"))
    const ofMessages = others.filter(({ stream }) => !stream.startsWith("device/"))
    return {
      fault,
      baileys: saidBehind(this.#said, linkedAs).join(", ") || "nothing",
      events: unique([...ofDevice, ...ofMessages].map(eventWords)).join(", ") || "none",
      state: statesOf(events),
      client: [...client, isReady ? "send 200" : `send ${answer.status} (${why})`].join(", "),
      backMs: (isBack ?? isReady) ? backMs : null
    }
  }

  async #isOnStream(events: readonly RecordedJson[]): Promise<void> {
    const { follower } = this.#scene
    await follower.reach(events.at(-1)?.position ?? 0)
    const seen = new Set(follower.positions)
    expect(events.filter(({ position }) => !seen.has(position))).toEqual([])
  }

  #all(): Promise<readonly RecordedJson[]> {
    return this.#scene.gateway.events(this.#scene.token, this.#id)
  }
}

/** Notes what happened for the document, and holds it against what stands there. */
export const note = ({ task }: { readonly task: { meta: { fault?: Row } } }, row: Row): void => {
  task.meta.fault = row
  if (process.env.FAULTS_DOCUMENT === "write") return
  expect(cells(row).slice(0, -1)).toEqual(readDocument().get(row.fault)?.slice(0, -1))
}

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)]

/** An event with what distinguishes it from others of its type. */
const eventWords = ({ type, data }: RecordedJson): string =>
  [type, data.code, data.reason === undefined || data.code === undefined ? undefined : data.reason, data.cause]
    .filter((word) => word !== undefined)
    .join(" ")

/** The states that the device was in, each once, and the last one. */
const statesOf = (events: readonly RecordedJson[]): string => {
  const states = events.flatMap(({ from, to }) => (to === null ? [] : [from ?? "", to]))
  const seen = unique(states.filter((state) => state !== ""))
  const last = states.at(-1)
  return [...seen, ...(last === undefined || last === seen.at(-1) ? [] : [last])].join(" → ") || "CONNECTED"
}
