/** Accounts and devices for tests of the dashboard, on one gateway. */
import type { Browser } from "playwright-core"
import type { TestGateway } from "../support/gateway.ts"
import { type VisitOptions, Visitor } from "./visitor.ts"

export const PASSWORD = "una-clave-larga"

export class People {
  readonly #gateway: TestGateway
  readonly #browser: Browser
  #numbers = 0

  constructor(gateway: TestGateway, browser: Browser) {
    this.#gateway = gateway
    this.#browser = browser
  }

  nextNumber(): string {
    return `51922${String(++this.#numbers).padStart(6, "0")}`
  }

  /** A new account, logged in. */
  async member(options: VisitOptions = {}) {
    const number = this.nextNumber()
    const token = await this.#gateway.user(number, PASSWORD)
    const visitor = await Visitor.at(this.#gateway, this.#browser, options)
    await visitor.signIn(number, PASSWORD)
    await visitor.page.locator(".shell-header").waitFor()
    return { visitor, token, number }
  }

  /** A device of the account, not linked. */
  async added(token: string, name: string) {
    const number = this.nextNumber()
    const { body } = await this.#gateway.post("/v1/devices", { number, name }, { token })
    return { phone: this.#gateway.network.addPhone(number), id: body.id as string, number }
  }

  /** A device of the account that is connected. */
  async connected(token: string, name: string) {
    const device = await this.added(token, name)
    await this.#gateway.post(`/v1/devices/${device.id}/start`, {}, { token })
    await device.phone.scanQr(await this.#gateway.qr(token, device.number))
    await this.#gateway.untilState(token, device.number, "CONNECTED")
    return device
  }

  /** An account with a connected device. */
  async connectedAccount(name: string) {
    const token = await this.#gateway.user(this.nextNumber(), PASSWORD)
    return { token, ...(await this.connected(token, name)) }
  }
}
