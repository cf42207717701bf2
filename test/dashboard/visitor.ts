/**
 * A person at the dashboard: a browser with its cookies, what it asked for, and what went wrong in it. When the visit ends, the page must
 * have asked only the gateway, broken no rule of its policy, and thrown nothing.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { AxeBuilder } from "@axe-core/playwright"
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core"
import { expect } from "vitest"
import type { TestGateway } from "../support/gateway.ts"
import { isNotHere } from "../support/not-here.ts"

const executablePath = "/usr/bin/chromium"

export const hasBrowser =
  spawnSync(executablePath, ["--version"]).status === 0 ||
  isNotHere("there is no chromium on this machine", "the dashboard is not opened")

export const DESKTOP = { width: 1280, height: 800 }
export const PHONE = { width: 390, height: 844 }
const PATIENCE_MS = 10_000

export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath, args: ["--no-sandbox"] })

export interface VisitOptions {
  readonly locale?: string
  readonly viewport?: typeof DESKTOP
  readonly colorScheme?: "light" | "dark"
  readonly path?: string
}

export class Visitor implements AsyncDisposable {
  readonly context: BrowserContext
  readonly page: Page
  readonly #gateway: Pick<TestGateway, "url">
  readonly #asked: string[] = []
  readonly #problems: string[] = []

  private constructor(context: BrowserContext, page: Page, gateway: Pick<TestGateway, "url">) {
    this.context = context
    this.page = page
    this.#gateway = gateway
    page.setDefaultTimeout(PATIENCE_MS)
    page.on("request", (request) => this.#asked.push(request.url()))
    page.on("pageerror", (failure) => this.#problems.push(failure.message))
    page.on("console", (message) => {
      // A browser says so of every refusal by itself; what the page makes of it, the tests see.
      const isRefusal = message.text().startsWith("Failed to load resource: the server responded with a status of 4")
      // A gateway that stops refuses what is new, and cuts what is under way.
      const isLostStream = /WebSocket connection to|net::ERR_(CONNECTION|EMPTY_RESPONSE|SOCKET)|status of 503/.test(
        message.text()
      )
      if (["error", "warning"].includes(message.type()) && !isRefusal && !isLostStream) {
        this.#problems.push(message.text())
      }
    })
  }

  static async at(gateway: Pick<TestGateway, "url">, browser: Browser, options: VisitOptions = {}): Promise<Visitor> {
    const { locale = "es-PE", viewport = DESKTOP, colorScheme = "light", path = "/dashboard/" } = options
    const context = await browser.newContext({ locale, viewport, colorScheme })
    const visitor = new Visitor(context, await context.newPage(), gateway)
    await visitor.page.exposeFunction("noteViolation", (text: string) => void visitor.#problems.push(text))
    await visitor.page.addInitScript(
      "addEventListener('securitypolicyviolation', (e) => noteViolation(e.violatedDirective + ' ' + e.blockedURI))"
    )
    await visitor.page.goto(gateway.url + path)
    return visitor
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).and(this.page.locator(":visible")).first().waitFor()
    await this.fits()
  }

  /** Nothing is wider than the screen. */
  async fits(): Promise<void> {
    expect(await this.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "fits the screen").toBe(true)
  }

  async press(name: string | RegExp): Promise<void> {
    const { page } = this
    await page
      .getByRole("button", { name, exact: true })
      .or(page.getByRole("tab", { name, exact: true }))
      .first()
      .click()
  }

  async fill(label: string, value: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).fill(value)
  }

  async choose(name: string, action: string): Promise<void> {
    await this.page.getByRole("button", { name }).click()
    await this.page.locator(".menu:popover-open").getByRole("button", { name: action, exact: true }).click()
  }

  async signIn(number: string, password: string): Promise<void> {
    await this.fill("Número de teléfono", number)
    await this.fill("Contraseña", password)
    await this.page.locator("form").getByRole("button", { name: "Iniciar Sesión" }).click()
  }

  row(name: string): Locator {
    return this.page.getByRole("listitem", { name, exact: true })
  }

  async untilState(name: string, state: string): Promise<void> {
    await this.row(name).locator(".state-mark").getByText(state).waitFor()
  }

  /** The QR, once it is another than `former`. */
  async qr(former?: string): Promise<string> {
    const image = this.page.locator(".qr-panel img")
    await expect
      .poll(() => image.getAttribute("src", { timeout: 500 }).catch(() => former), { timeout: PATIENCE_MS })
      .not.toBe(former)
    return (await image.getAttribute("src")) ?? ""
  }

  /** A picture of the page as it is, light and dark, for docs/dashboard when PICTURES names that folder. */
  async picture(name: string): Promise<void> {
    const folder = process.env.PICTURES
    if (folder !== undefined) mkdirSync(folder, { recursive: true })
    for (const colorScheme of ["light", "dark"] as const) {
      await this.page.emulateMedia({ colorScheme })
      const path = folder === undefined ? {} : { path: join(folder, `${name}-${colorScheme}.png`) }
      expect((await this.page.screenshot({ ...path, animations: "disabled" })).length).toBeGreaterThan(5_000)
    }
    await this.page.emulateMedia({ colorScheme: "light" })
  }

  /** No serious finding of axe. */
  async isAccessible(): Promise<void> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze()
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    expect(serious.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html.slice(0, 200))])).toEqual([])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close()
    expect(this.#problems).toEqual([])
    const elsewhere = this.#asked.filter((url) => !url.startsWith(this.#gateway.url) && !url.startsWith("data:"))
    expect(elsewhere).toEqual([])
  }
}
