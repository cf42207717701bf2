/**
 * The page of a hosted link in a browser, at the size of a phone's screen, and the passkey's step as its owner takes it: the page's instruction
 * is pasted into the console of WhatsApp Web's origin, and the browser signs with the account's passkey.
 */
import { spawnSync } from "node:child_process"
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Phone } from "../../src/sandbox/people/phone.ts"
import { TestGateway } from "../support/gateway.ts"
import { isNotHere } from "../support/not-here.ts"

const executablePath = "/usr/bin/chromium"
const isHere =
  spawnSync(executablePath, ["--version"]).status === 0 ||
  isNotHere("there is no chromium on this machine", "the page of a hosted link is not opened")

const SCREEN = { width: 360, height: 740 }
const DESKTOP = { width: 1280, height: 800 }
const PATIENCE = { timeout: 10_000 }
const WHATSAPP_WEB = "https://web.whatsapp.com"

let gateway: TestGateway
let browser: Browser
let token: string
let numbers = 0

beforeAll(async () => {
  if (!isHere) return
  gateway = await TestGateway.start({
    env: { DEVICES_PER_USER_MAX: "100" },
    network: { prekeyCount: 50 }
  })
  token = await gateway.user("51900000001")
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] })
})
afterAll(async () => {
  if (!isHere) return
  await browser.close()
  await gateway[Symbol.asyncDispose]()
})

/** One visitor: a browser with its cookies, what it asked for, and what went wrong in it. */
class Visitor implements AsyncDisposable {
  readonly context: BrowserContext
  readonly page: Page
  readonly #asked: string[] = []
  readonly #problems: string[] = []

  constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    page.on("request", (request) => this.#asked.push(request.url()))
    page.on("pageerror", (failure) => this.#problems.push(failure.message))
    page.on("console", (message) => {
      // Of every answer from 400 on a browser says so by itself; what the page makes of it, the tests see.
      const isOfStatus = message.text().startsWith("Failed to load resource: the server responded with a status of 4")
      if (message.type() === "error" && !isOfStatus) this.#problems.push(message.text())
    })
  }

  static async on(url: string, options: { readonly locale?: string; readonly isDesktop?: boolean } = {}) {
    const { locale = "en-GB", isDesktop = false } = options
    const screen = isDesktop ? { viewport: DESKTOP } : { viewport: SCREEN, isMobile: true, hasTouch: true }
    const context = await browser.newContext({ locale, ...screen })
    const visitor = new Visitor(context, await context.newPage())
    await visitor.page.goto(url)
    return visitor
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).and(this.page.locator(":visible")).first().waitFor()
    expect(await this.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "fits the screen").toBe(true)
  }

  async press(name: string | RegExp): Promise<void> {
    await this.page.getByRole("button", { name }).or(this.page.getByRole("tab", { name })).click()
  }

  /** Whether the way to a computer stands above the steps that only a computer can take. */
  async isHandOverFirst(): Promise<boolean> {
    const top = async (selector: string) => (await this.page.locator(selector).boundingBox())?.y ?? Number.NaN
    return (await top("#hand-over")) < (await top("#passkey ol"))
  }

  /** The QR, once it is another than `former`. */
  async qr(former?: string): Promise<string> {
    const image = this.page.locator("#qr:visible")
    await expect.poll(() => image.getAttribute("src").catch(() => former), PATIENCE).not.toBe(former)
    return (await image.getAttribute("src")) ?? ""
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close()
    expect(this.#problems).toEqual([])
    expect(this.#asked.filter((url) => !url.startsWith(gateway.url) && !url.startsWith("data:"))).toEqual([])
  }
}

const linkable = async (): Promise<{ readonly phone: Phone; readonly url: string }> => {
  const phone = gateway.network.addPhone(`51911${String(++numbers).padStart(6, "0")}`)
  const { id } = (await gateway.post("/v1/devices", { number: phone.number, name: "Caja 1" }, { token })).body
  return { phone, url: (await gateway.post(`/v1/devices/${id}/link`, {}, { token })).body.url }
}

/** Signs as the owner does: pastes the instruction into the console of WhatsApp Web, and presses the button that appears. */
const signOnWhatsAppWeb = async (phone: Phone, instruction: string): Promise<string> => {
  await using context = await browser.newContext({ viewport: DESKTOP })
  await context.route("**", (route) => route.fulfill({ contentType: "text/html", body: "<title>WhatsApp Web</title>" }))
  const page = await context.newPage()
  await page.goto(WHATSAPP_WEB)
  const devtools = await context.newCDPSession(page)
  await devtools.send("WebAuthn.enable")
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true
    }
  })
  const { id, privateKey, userHandle } = phone.passkeyKey
  await devtools.send("WebAuthn.addCredential", {
    authenticatorId,
    credential: {
      credentialId: Buffer.from(id).toString("base64"),
      isResidentCredential: true,
      rpId: "whatsapp.com",
      privateKey: privateKey.toString("base64"),
      userHandle: userHandle.toString("base64"),
      signCount: 0
    }
  })
  await devtools.send("Runtime.evaluate", { expression: instruction })
  await page.getByRole("button", { name: "Passkey" }).click()
  const answer = page.locator("textarea")
  await answer.waitFor()
  return await answer.inputValue()
}

describe.skipIf(!isHere)("the page of a hosted link", { timeout: 60_000 }, () => {
  it("shows a QR to scan, and that the phone is linked", async () => {
    const { phone, url } = await linkable()
    await using visitor = await Visitor.on(url)
    await visitor.press("Start")
    await visitor.sees(`Caja 1 · ${phone.number}`)
    await visitor.press("Scan a QR")
    await phone.scanQr(await visitor.qr())
    await visitor.sees("Your WhatsApp is linked.")
    await gateway.untilState(token, phone.number, "CONNECTED")
  })

  it("shows the new QR when the phone refuses the first, and says so", async () => {
    const { phone, url } = await linkable()
    gateway.network.fault({ kind: "refuse_secret", number: phone.number, times: 1 })
    await using visitor = await Visitor.on(url)
    await visitor.press("Start")
    await visitor.press("Scan a QR")
    const first = await visitor.qr()
    await expect(phone.scanQr(first)).rejects.toThrow()
    await visitor.sees("The phone refused the QR. Scan the new one.")
    await phone.scanQr(await visitor.qr(first))
    await visitor.sees("Your WhatsApp is linked.")
  })

  it("gives a code to type, to a phone first of all, and still shows it when the page is loaded again", async () => {
    const { phone, url } = await linkable()
    await using visitor = await Visitor.on(url)
    await visitor.press("Start")
    await visitor.press("Get a code")
    const code = visitor.page.locator("#code:visible")
    await code.waitFor()
    const text = (await code.textContent()) ?? ""
    expect(text).toMatch(/^\w{4}-\w{4}$/)
    await visitor.sees(/Valid for another (2 min|3 min)/)
    await visitor.page.reload()
    await expect.poll(() => code.textContent(), PATIENCE).toBe(text)
    await phone.enterCode(text)
    await visitor.sees("Your WhatsApp is linked.")
  })

  it("says why there is no code, in the gateway's words", async () => {
    const { phone, url } = await linkable()
    gateway.network.fault({ kind: "refuse_code", number: phone.number, code: 429, times: 1 })
    await using visitor = await Visitor.on(url)
    await visitor.press("Start")
    await visitor.press("Get a code")
    await expect.poll(() => visitor.page.locator("#notice").textContent(), PATIENCE).toMatch(/WhatsApp refused .*code/)
    await visitor.page.locator("#number").fill("51999999999")
    await visitor.press("Get a code")
    await visitor.sees(`This link is for the number ${phone.number}.`)
  })

  it("leads through a passkey, from the phone to a computer, with what a browser signs on WhatsApp Web", async () => {
    const { phone, url } = await linkable()
    gateway.network.fault({ kind: "passkey", number: phone.number, times: 1 })
    await using onPhone = await Visitor.on(url)
    await onPhone.press("Start")
    await onPhone.press("Scan a QR")
    await phone.scanQr(await onPhone.qr())
    await onPhone.sees("Your account is protected by a passkey")
    expect(await onPhone.isHandOverFirst()).toBe(true)
    await onPhone.press("Go on on a computer")
    await onPhone.sees("Now open the same link on the computer.")

    await using computer = await Visitor.on(url, { isDesktop: true })
    await computer.press("Start")
    await computer.sees("Your account is protected by a passkey")
    expect(await computer.isHandOverFirst()).toBe(false)
    const assertion = computer.page.locator("#assertion")
    await assertion.fill("not an answer")
    await computer.press("Send")
    await computer.sees("This is not the answer of a passkey. Copy all of it.")
    await assertion.fill(await signOnWhatsAppWeb(phone, await computer.page.locator("#snippet").inputValue()))
    await computer.press("Send")
    await computer.sees("Does the phone show this code?")
    const code = phone.passkey?.code ?? ""
    expect(await computer.page.locator("#confirm-code").textContent()).toBe(`${code.slice(0, 4)}-${code.slice(4)}`)
    await computer.press(/^It is the same/)
    await computer.sees("Your WhatsApp is linked.")
    await gateway.untilState(token, phone.number, "CONNECTED")
  })

  it("begins again when the codes differ", async () => {
    const { phone, url } = await linkable()
    gateway.network.fault({ kind: "passkey", number: phone.number, variant: "other_code", times: 1 })
    await using visitor = await Visitor.on(url)
    await visitor.press("Start")
    await visitor.press("Scan a QR")
    await phone.scanQr(await visitor.qr())
    const instruction = visitor.page.locator("#snippet:visible")
    await instruction.waitFor()
    await visitor.page.locator("#assertion").fill(await signOnWhatsAppWeb(phone, await instruction.inputValue()))
    await visitor.press("Send")
    await visitor.press("It shows another code")
    await visitor.sees("The codes were different, so the link was called off.")
    await phone.scanQr(await visitor.qr())
    await visitor.sees("Your WhatsApp is linked.")
  })

  it("belongs to one browser, and speaks its language", async () => {
    const { url } = await linkable()
    await using first = await Visitor.on(url, { locale: "es-PE" })
    await first.sees("Vincula tu WhatsApp")
    await first.press("Empezar")
    await first.sees("Obtener un código")
    await using second = await Visitor.on(url)
    await second.press("Start")
    await second.sees("This link is not valid any more, or it was opened on another device.")
  })
})
