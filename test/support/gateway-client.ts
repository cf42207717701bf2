/** A gateway as its clients see it: over HTTP. */
import { until } from "./until.ts"

export const OPERATOR_KEY = "operator-key-for-tests"

/** The settings of a gateway that uses this network in place of WhatsApp's. */
export const onNetwork = (network: { readonly url: string; readonly rootKey: string; readonly caFile: string }) => ({
  API_KEY: OPERATOR_KEY,
  SANDBOX: "1",
  WA_URL: network.url,
  WA_ROOT_KEY: network.rootKey,
  WA_CA_FILE: network.caFile,
  START_PAUSE_MS: "0"
})

export interface Answer {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- each test checks the responses that it reads
  readonly body: any
  readonly headers: Headers
}

export interface CallOptions {
  readonly token?: string
  readonly operator?: boolean
  readonly body?: unknown
  /** The raw body. */
  readonly raw?: string
  readonly headers?: Record<string, string>
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

export abstract class GatewayClient {
  abstract get url(): string

  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      // As a client that does not follow redirects.
      redirect: "manual",
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

  /** A new user; returns the token. */
  async user(numero: string, password = "correct horse"): Promise<string> {
    const { body } = await this.post("/api/registro", { numero, password })
    return body.token
  }

  /** Adds a device for the user, scans its QR, and waits until it is connected. */
  async link(token: string, numero: string, scan: (qr: string) => Promise<unknown>): Promise<void> {
    await this.post("/api/add-device", { numero, nombre: numero }, { token })
    await scan(await this.qr(token, numero))
    await this.untilState(token, numero, "CONNECTED")
  }

  /** Adds a device for the operator, enters its pairing code, and waits until it is connected; returns its id. */
  async linkByCode(number: string, enter: (code: string) => Promise<unknown>): Promise<string> {
    const operator = { operator: true }
    const { id } = (await this.post("/v1/devices", { number }, operator)).body
    await this.post(`/v1/devices/${id}/start`, {}, operator)
    await enter((await this.post(`/v1/devices/${id}/pairing-code`, { number }, operator)).body.code)
    await until(
      async () => (await this.get(`/v1/devices/${id}`, operator)).body.state === "CONNECTED",
      `${number} to be connected`
    )
    return id
  }

  /** Waits until so many devices within reach of these credentials are connected. */
  async untilAllConnected(count: number, credentials: CallOptions, timeoutMs = 30_000): Promise<void> {
    await until(
      async () => {
        const devices: readonly { readonly state: string }[] =
          (await this.get("/v1/devices?limit=200", credentials)).body.items ?? []
        return devices.length === count && devices.every(({ state }) => state === "CONNECTED")
      },
      `${count} connected devices`,
      timeoutMs
    )
  }

  /** The device's QR as a PNG data URL; waits for it. */
  async qr(token: string, numero: string): Promise<string> {
    return until(async () => (await this.get(`/api/qr?numero=${numero}`, { token })).body.qr, "a QR")
  }

  /** Starts a session of the operator; returns its QR as a PNG data URL. */
  async session(sessionId: string): Promise<string> {
    await this.post("/api/start-session", { sessionId }, { operator: true })
    return until(async () => (await this.get(`/api/qr/${sessionId}`, { operator: true })).body.qr, "a QR")
  }

  async untilSession(sessionId: string, state: string): Promise<void> {
    const look = async () => (await this.get(`/api/status/${sessionId}`, { operator: true })).body.state === state
    await until(look, `${sessionId} ${state}`, 15_000)
  }

  async state(token: string, numero: string): Promise<string> {
    return (await this.get(`/api/status?numero=${numero}`, { token })).body.state
  }

  async untilState(token: string, numero: string, state: string, timeoutMs = 15_000): Promise<void> {
    await until(async () => (await this.state(token, numero)) === state, `${numero} ${state}`, timeoutMs)
  }

  /** Waits until the phone has transferred its history, the last step of a pairing. */
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
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
