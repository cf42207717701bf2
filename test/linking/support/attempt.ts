/**
 * One attempt to link a device, observed from all sides: what the phone did, what the client was told, what the log says. It becomes a row of
 * docs/LINKING.md. Waiting times are as short as they can be; the document names them.
 */
import { expect } from "vitest"
import type { Fault } from "../../../src/sandbox/faults/fault.ts"
import type { SigningCircumstances } from "../../../src/sandbox/people/authenticator.ts"
import type { Phone } from "../../../src/sandbox/people/phone.ts"
import type { NetworkOptions } from "../../../src/sandbox/settings.ts"
import { TestGateway } from "../../support/gateway.ts"
import type { Answer, RecordedJson } from "../../support/gateway-client.ts"
import { until } from "../../support/until.ts"
import type { DoorName, Refusal } from "./catalogue.ts"
import { apiDoor, type Door, hostedDoor, type Seen, type Shown } from "./doors.ts"
import { cells, readDocument, type Row } from "./document.ts"

const USER = "51900000001"

/** How long steps may take in these tests. */
export const quickSettings = {
  RETRY_FIRST_MS: "40",
  RETRY_CAP_MS: "200",
  WA_CODE_MS: "4000",
  WA_CODE_STEP_MS: "1200",
  WA_PASSKEY_STEP_MS: "1200",
  DEVICES_PER_USER_MAX: "1000",
  NEW_DEVICES_PER_DAY_MAX: "1000",
  PAIRING_CODES_PER_HOUR_MAX: "1000",
  RATE_LIMIT_MAX: "100000",
  LOG_LEVEL: "debug"
}

type Aimed<T> = T extends unknown ? Omit<T, "number"> : never

export class LinkingScene implements AsyncDisposable {
  readonly gateway: TestGateway
  readonly token: string
  /** What clients were shown, and no other may see. */
  readonly shown: Shown = new Set()
  readonly #log: string[]
  readonly #ids: string[] = []
  #numbers = 0

  private constructor(gateway: TestGateway, token: string, log: string[]) {
    this.gateway = gateway
    this.token = token
    this.#log = log
  }

  static async start(
    options: {
      readonly env?: (network: { readonly versionUrl: string }) => Record<string, string>
      readonly network?: NetworkOptions
    } = {}
  ): Promise<LinkingScene> {
    const log: string[] = []
    const gateway = await TestGateway.start({
      env: quickSettings,
      envOf: options.env ?? (() => ({})),
      network: { prekeyCount: 50, log: () => {}, codeMs: 4_000, finishMs: 1_000, ...options.network },
      log: { write: (line: string) => void log.push(line) }
    })
    return new LinkingScene(gateway, await gateway.user(USER), log)
  }

  get log(): readonly string[] {
    return this.#log
  }

  /** A device with a phone, begun through this door. */
  async attempt(door: DoorName): Promise<Attempt> {
    const number = `51911${String(++this.#numbers).padStart(6, "0")}`
    const { gateway, token, shown } = this
    const phone = gateway.network.addPhone(number)
    const { body } = await gateway.post("/v1/devices", { number }, { token })
    this.#ids.push(body.id)
    const make = door === "API" ? apiDoor : hostedDoor
    const attempt = new Attempt(this, phone, body.id, await make(gateway, token, body.id, shown))
    await attempt.begin()
    return attempt
  }

  /** To be called when all is over: everything was understood and acknowledged, and no secret stands in the log or in an event. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { unknownIqs, notices } = this.gateway.network
    const events = await Promise.all(this.#ids.map((id) => this.gateway.events(this.token, id)))
    await this.gateway[Symbol.asyncDispose]()
    expect(unknownIqs).toEqual([])
    // A ping may be on its way when the gateway stops; waiting.test.ts looks at pings.
    const missed = notices.filter(({ type, isAcknowledged }) => type !== "ping" && !isAcknowledged)
    expect(missed.map(({ type }) => type)).toEqual([])
    const written = JSON.stringify(events) + this.#log.join("")
    expect(this.shown.size).toBeGreaterThan(0)
    expect([...this.shown].filter((secret) => secret !== "" && written.includes(secret))).toEqual([])
  }
}

export class Attempt {
  readonly door: Door
  readonly phone: Phone
  readonly #scene: LinkingScene
  readonly #id: string
  readonly #did: string[] = []
  readonly #told: string[] = []

  constructor(scene: LinkingScene, phone: Phone, id: string, door: Door) {
    this.#scene = scene
    this.phone = phone
    this.#id = id
    this.door = door
  }

  get number(): string {
    return this.phone.number
  }

  begin(): Promise<void> {
    return this.door.begin()
  }

  /** The owner of the device has its connection opened anew. */
  async restart(): Promise<void> {
    const { gateway, token } = this.#scene
    const { status } = await gateway.post(`/v1/devices/${this.#id}/restart`, {}, { token })
    expect(status).toBe(200)
  }

  fault(fault: Aimed<Fault>): void {
    this.#scene.gateway.network.fault({ ...fault, number: this.number })
  }

  /** Waits until the client is told to do this, and notes it. */
  async told(action: string): Promise<Seen> {
    const seen = await this.#until(({ userAction }) => userAction === action, action)
    const why = seen.reason?.match(/^(passkey|code)_/) ? ` (${seen.reason})` : ""
    this.#told.push(action + why)
    return seen
  }

  /** Notes an answer that the client got. */
  answered(what: string, { status, body }: Answer): void {
    const why = body?.code === undefined || status < 400 ? "" : ` ${body.code}`
    this.#told.push(`${what} ${status < 300 ? "taken" : `${status}${why}`}`)
  }

  /** Notes what the phone did; `how`: in the words of the document. */
  did(how: string): void {
    this.#did.push(how)
  }

  /** The phone scans the QR that is shown. */
  async scan(how = "scans"): Promise<void> {
    const { qr } = await this.#until(({ qr }) => qr !== null, "a QR")
    this.did(how)
    await this.phone.scanQr(qr ?? "")
  }

  /** The same, and the phone tells its owner that it could not link. */
  async scanInVain(how: string, words: RegExp): Promise<void> {
    const { qr } = await this.#until(({ qr }) => qr !== null, "a QR")
    this.did(how)
    await expect(this.phone.scanQr(qr ?? "")).rejects.toThrow(words)
  }

  /** Asks for a code, and waits until the client sees it. */
  async code(): Promise<string> {
    const answer = await this.door.askCode(this.number)
    expect(answer.status).toBe(201)
    await this.told("enter_code")
    return answer.body.code
  }

  async enter(code: string, how = "types the code"): Promise<void> {
    this.did(how)
    await this.phone.enterCode(code)
  }

  async enterInVain(code: string, how: string, words: RegExp): Promise<void> {
    this.did(how)
    await expect(this.phone.enterCode(code)).rejects.toThrow(words)
  }

  /** The owner signs the challenge that the client sees, and the client gives the signature. */
  async sign(circumstances: SigningCircumstances = {}): Promise<Answer> {
    const { passkey } = await this.#until(({ passkey }) => passkey?.step === "passkey", "a challenge")
    return this.door.answer(this.phone.signPasskey(passkey?.options, circumstances))
  }

  /** The same, and WhatsApp takes it. */
  async signed(): Promise<void> {
    expect((await this.sign()).status).toBeLessThan(300)
    this.#told.push("assertion taken")
  }

  /** The code that the client sees is the phone's; the client says so. */
  async confirmed(): Promise<void> {
    const { passkey } = await this.told("confirm_code")
    const code = this.phone.passkey?.code ?? ""
    expect(passkey?.code).toBe(`${code.slice(0, 4)}-${code.slice(4)}`)
    expect((await this.door.confirm(true)).status).toBeLessThan(300)
  }

  /** Waits until the device is linked and connected. */
  async linked(): Promise<void> {
    const look = async () => (await this.#device()).state === "CONNECTED"
    await until(look, `${this.number} to be linked`)
    expect(this.phone.companions).toHaveLength(1)
  }

  async state(state: string): Promise<void> {
    await until(async () => (await this.#device()).state === state, `${this.number} ${state}`)
  }

  async events(): Promise<readonly RecordedJson[]> {
    return this.#scene.gateway.events(this.#scene.token, this.#id)
  }

  /** Everything that was observed. */
  async row(refusal: Refusal): Promise<Row> {
    const { state } = await this.#device()
    const { userAction } = await this.door.look()
    return {
      refusal,
      door: this.door.name,
      phone: this.#did.join(", ") || "nothing",
      told: this.#told.join(", ") || "nothing",
      events: unique((await this.events()).filter(({ type }) => isOfLink(type)).map(eventWords)).join(", "),
      end: state === "CONNECTED" ? "linked" : `${state}${userAction === null ? "" : ` (${userAction})`}`
    }
  }

  async #device() {
    const { gateway, token } = this.#scene
    return (await gateway.get(`/v1/devices/${this.#id}`, { token })).body
  }

  async #until(is: (seen: Seen) => boolean, what: string): Promise<Seen> {
    return until(async () => {
      const seen = await this.door.look()
      return is(seen) && seen
    }, `${this.number}: ${what}`)
  }
}

/** Notes what happened for the document, and holds it against what stands there. */
export const note = ({ task }: { readonly task: { meta: { linking?: Row } } }, row: Row): void => {
  task.meta.linking = row
  if (process.env.LINKING_DOCUMENT === "write") return
  expect(cells(row)).toEqual(readDocument().get(`${row.refusal} ${row.door}`))
}

/** Before and after the link. */
const OUTSIDE = new Set(["device.registered", "connection.login_started", "connection.opened", "sync.progressed"])
/** What WhatsApp says of the account comes after the link, sooner or later. */
const isOfLink = (type: string): boolean => !OUTSIDE.has(type) && !type.startsWith("account.")

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)]

/** An event with what distinguishes it from others of its type. */
const eventWords = ({ type, data }: RecordedJson): string =>
  [type, type.startsWith("connection.") ? data.code : undefined, data.reason]
    .filter((word) => word !== undefined)
    .join(" ")
