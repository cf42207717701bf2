/**
 * A gateway on a sandbox network, with a device for each fault. A device is observed from all sides, and the observations become a row
 * of docs/FAULTS.md. Waiting times are as short as possible; the document's preface names them.
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
/** Longer than any message needs to arrive. */
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
  /** The lines that the network logged. */
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

  /** Restarts the gateway; its client continues the stream from its last position. */
  async restartGateway(env: Record<string, string> = {}, meanwhile = async () => {}): Promise<void> {
    const { follower, gateway, token } = this
    await gateway.restart(env, meanwhile)
    await follower.closed
    this.follower = await follow(gateway, "?after=0", { token })
  }

  newNumber(): string {
    return `51911${String(++this.#numbers).padStart(6, "0")}`
  }

  /** A connected device whose phone has sent its history. */
  async connected(): Promise<Subject> {
    const numero = this.newNumber()
    await this.gateway.connect(this.token, numero)
    await this.gateway.untilSynced(this.token, numero)
    return Subject.of(this, numero)
  }

  /** A device with a phone, which no client has connected yet. */
  async added(number = this.newNumber()): Promise<Subject> {
    this.gateway.network.addPhone(number)
    await this.gateway.post("/v1/devices", { number }, { token: this.token })
    return Subject.of(this, number)
  }

  /** Call it at the end: it checks that the network understood everything, and that no device had two sockets. */
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

/** What a test adds to the observations. */
interface Told {
  /** The responses that the client got during the fault. */
  readonly client?: readonly string[]
  /** The number that linked, if it is not the device's. */
  readonly linkedAs?: string
  /** Whether the device is CONNECTED in the end without help. */
  readonly isBack?: boolean
}

/** A device under observation, from its creation or from the last `strike` on. */
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

  /** Starts a new observation. */
  async observe(): Promise<void> {
    this.#version = (await this.#all()).length
    this.#said = saidSoFar()
    this.#since = Date.now()
  }

  /** Waits until no more events come. */
  async settled(): Promise<void> {
    for (let before = -1, now = 0; before !== now; ) {
      before = now
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
      now = (await this.#all()).length
    }
  }

  /** The device's events of this observation. */
  async events(): Promise<readonly RecordedJson[]> {
    return (await this.#all()).slice(this.#version)
  }

  /** Waits for an event of this type. */
  async until(type: string, count = 1, timeoutMs = 15_000): Promise<RecordedJson> {
    const found = async () => (await this.events()).filter((event) => event.type === type).at(count - 1)
    return until(found, `${count} × ${type} of ${this.numero}`, timeoutMs)
  }

  /** Waits until the connection was lost and the device is CONNECTED again. */
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

  /** All observations as a row. In a state that allows sending, the device must be able to send. */
  async row(fault: FaultName, { client = [], isBack, linkedAs = this.numero }: Told = {}): Promise<Row> {
    const { state, reason, userAction } = await this.device()
    const backMs = Date.now() - this.#since
    const before = (await this.events()).at(-1)?.position ?? 0
    const answer = await this.send()
    const events = await this.events()
    const isReady = state === "CONNECTED"
    const why = [state, reason, userAction].filter(Boolean).join(", ")
    expect(answer.status === 200, "a send succeeds in CONNECTED, and only there").toBe(isReady)
    await this.#isOnStream(events)
    const { messageId } = answer.body
    /** The device may learn its recipient's other name by the message that only shows whether it can send. */
    const isOfSend = ({ type, data, position }: RecordedJson) =>
      (messageId !== undefined && data.messageId === messageId) || (type === "contact.updated" && position > before)
    const others = events.filter((event) => !isOfSend(event))
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

/** Notes the row for the document, and compares it with the row in the document. */
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

/** The states of the device, each once, and the last one. */
const statesOf = (events: readonly RecordedJson[]): string => {
  const states = events.flatMap(({ from, to }) => (to === null ? [] : [from ?? "", to]))
  const seen = unique(states.filter((state) => state !== ""))
  const last = states.at(-1)
  return [...seen, ...(last === undefined || last === seen.at(-1) ? [] : [last])].join(" → ") || "CONNECTED"
}
