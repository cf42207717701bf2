/** A client of wwebjs-api: sends calls to a session with the operator's key, and checks what comes back. */
import { expect } from "vitest"
import type { Answer, GatewayClient } from "../../support/gateway-client.ts"
import { until } from "../../support/until.ts"

const operator = { operator: true } as const

export class WwebjsClient {
  readonly #gateway: GatewayClient
  readonly session: string

  constructor(gateway: GatewayClient, session: string) {
    this.#gateway = gateway
    this.session = session
  }

  get(path: string): Promise<Answer> {
    return this.#gateway.get(`${path}/${this.session}`, operator)
  }

  post(path: string, body: unknown = {}): Promise<Answer> {
    return this.#gateway.post(`${path}/${this.session}`, body, operator)
  }

  delete(path: string): Promise<Answer> {
    return this.#gateway.call("DELETE", `${path}/${this.session}`, operator)
  }

  /** Starts the session and lets the phone scan its QR. */
  async link(scan: (qr: string) => Promise<unknown>): Promise<void> {
    await this.get("/session/start")
    await scan(await until(async () => (await this.get("/session/qr")).body.qr as string | undefined, "a QR"))
    await until(async () => (await this.get("/session/status")).body.state === "CONNECTED", `${this.session} connected`)
  }
}

/** Checks the status, and the body with its fields in this order. */
export const exactly = (answer: Answer, body: object, status = 200): void => {
  expect({ status: answer.status, body: answer.body }).toEqual({ status, body })
  expect(Object.keys(answer.body)).toEqual(Object.keys(body))
}

export const refused = (answer: Answer, status: number, error: unknown): void =>
  exactly(answer, { success: false, error }, status)

/** Checks that an object has these fields and no others, whatever their values. */
export const hasFields = (given: unknown, fields: readonly string[]): void =>
  expect(Object.keys(given as object).toSorted()).toEqual(fields.toSorted())
