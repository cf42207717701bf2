/** How the dashboard feels with a large fleet and a long history, beside a small account in the same run. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { type Browser, chromium, type Page } from "playwright-core"
import type { EventToAppend } from "../src/store/log/chain-events.ts"
import { sqliteIn } from "../test/support/dialects.ts"
import { onNetwork } from "../test/support/gateway-client.ts"
import { GatewayProcess } from "../test/support/gateway-process.ts"
import { appendTo, openOn } from "../test/support/store.ts"
import { until } from "../test/support/until.ts"
import { Network } from "./network.ts"

export const summary = "the dashboard's first paint and longest tasks with many devices and events"

export const help = `npm run bench -- dashboard [--devices 1000] [--events 100000]

Opens the dashboard of a gateway of its own in Chromium, for an account with 10 devices and 100 events, and for one with many. Prints when
the page first shows something and when it shows the devices, and the longest tasks of the page's thread: while a person scrolls through
the devices and filters them, while devices change their state, and while a person scrolls through the events of one device to the first.
Exits with 1 when a task takes 200 ms or longer, or the first paint 300 ms or longer: run it on an idle machine.

  --devices <n>    of the large account (1000)
  --events <n>     of one of its devices (100000)
`

const PASSWORD = "una-clave-larga"
const TASK_MAX_MS = 200
const PAINT_MAX_MS = 300
const ROUNDS = 5

interface Account {
  readonly number: string
  readonly devices: number
  readonly events: number
}

/** Notes the page's long tasks, and when devices are first drawn. */
const WATCH = `
  window.longTasks = []
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask", buffered: true })
  new MutationObserver((_, observer) => {
    if (document.querySelector(".device-row")) { window.devicesAt = performance.now(); observer.disconnect() }
  }).observe(document, { childList: true, subtree: true })
`

export const run = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: { devices: { type: "string", default: "1000" }, events: { type: "string", default: "100000" } }
  })
  const small: Account = { number: "51910000001", devices: 10, events: 100 }
  const large: Account = { number: "51910000002", devices: Number(values.devices), events: Number(values.events) }
  const directory = mkdtempSync(join(tmpdir(), "bitacora-bench-dashboard-"))
  const network = await Network.start()
  const start = () =>
    GatewayProcess.start({
      DATA_DIR: directory,
      ...onNetwork(network),
      RATE_LIMIT_MAX: "1000000",
      DEVICES_PER_USER_MAX: "10000",
      NEW_DEVICES_PER_DAY_MAX: "10000"
    })
  let gateway = await start()
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] })
  const limits: boolean[] = []
  try {
    const fleets = [await addDevices(gateway, small), await addDevices(gateway, large)]
    await gateway.end("SIGTERM")
    for (const fleet of fleets) await fill(directory, fleet)
    gateway = await start()
    for (const fleet of fleets) {
      say(`\n${fleet.account.devices} devices, ${fleet.account.events} events of one`)
      limits.push(await measure(gateway, browser, fleet))
    }
  } finally {
    await browser.close()
    await gateway.end("SIGTERM")
    network.end()
    rmSync(directory, { recursive: true, force: true })
  }
  if (limits.includes(false)) process.exitCode = 1
}

const say = (line: string) => process.stdout.write(`${line}\n`)

interface Fleet {
  readonly account: Account
  readonly token: string
  readonly devices: readonly { readonly id: string; readonly deviceNumber: number }[]
}

const addDevices = async (gateway: GatewayProcess, account: Account): Promise<Fleet> => {
  const { number, devices } = account
  const token = await gateway.user(number, PASSWORD)
  const made: Fleet["devices"][number][] = []
  for (let first = 0; first < devices; first += 50) {
    const names = Array.from({ length: Math.min(50, devices - first) }, (_, at) => first + at)
    const added = await Promise.all(
      names.map((at) =>
        gateway.post(
          "/v1/devices",
          { number: `${number.slice(0, 7)}${10_000 + at}`, name: `Sucursal ${at + 1}` },
          { token }
        )
      )
    )
    made.push(...added.map(({ body }) => body as Fleet["devices"][number]))
  }
  return { account, token, devices: made }
}

/** What the gateway appends for messages that are sent, delivered and read. */
const sends = (nth: number): readonly EventToAppend[] => {
  const messageId = `3EB0${String(nth).padStart(12, "0")}`
  const chat = "51999999999@s.whatsapp.net"
  const at = 1_790_000_000_000 + nth
  return [
    {
      type: "message.queued",
      data: {
        messageId,
        chat,
        chatAlt: null,
        number: "51999999999",
        content: { kind: "text", text: `Su pedido ${nth} está listo.` },
        expiresAt: at + 86_400_000
      }
    },
    { type: "message.sent", data: { messageId } },
    { type: "message.delivered", data: { messageId, at } },
    { type: "message.read", data: { messageId, at } }
  ]
}

const BATCH = 64

const fill = async (directory: string, { account, devices: [first] }: Fleet): Promise<void> => {
  if (first === undefined) return
  const store = await openOn(sqliteIn(directory))
  for (let nth = 0; nth * 4 < account.events; nth += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, at) => sends(nth + at)).flat()
    const append = appendTo(`messages/${first.id}`, "any", batch, first.deviceNumber)
    await Effect.runPromise(store.log.commit({ appends: [append] }))
  }
  await store.close()
}

const measure = async (
  gateway: GatewayProcess,
  browser: Browser,
  { account: { number, devices, events }, token, devices: all }: Fleet
): Promise<boolean> => {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 800 }, locale: "es-PE" })
  const page = await context.newPage()
  page.setDefaultTimeout(120_000)
  await page.addInitScript(WATCH)
  const paints: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await page.goto(`${gateway.url}/dashboard/`)
    await page.locator("form").waitFor()
    paints.push(await firstPaint(page))
  }
  say(`  first paint, log-in page     ${shown(paints)}`)
  await page.getByLabel("Número de teléfono").fill(number)
  await page.getByLabel("Contraseña").fill(PASSWORD)
  await page.locator("form").getByRole("button", { name: "Iniciar Sesión" }).click()
  await page.locator(".device-row").first().waitFor()
  const inside: number[] = []
  const board: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await page.reload()
    await page.locator(".device-row").first().waitFor()
    inside.push(await firstPaint(page))
    board.push(await page.evaluate("devicesAt"))
  }
  say(`  first paint, devices page    ${shown(inside)}`)
  say(`  devices are drawn            ${shown(board)}`)

  const tasks: number[] = []
  const phase = async (what: string, work: () => Promise<void>): Promise<void> => {
    await page.evaluate("longTasks.length = 0")
    const start = performance.now()
    await work()
    await page.evaluate("new Promise((done) => setTimeout(done, 100))")
    const found = await page.evaluate<number[]>("longTasks")
    tasks.push(Math.max(0, ...found))
    const longest = found.length === 0 ? "none over 50 ms" : `${Math.round(Math.max(...found))} ms`
    say(`  ${what.padEnd(28)} longest task ${longest} (${((performance.now() - start) / 1_000).toFixed(1)} s)`)
  }
  await phase("scrolling the devices", () =>
    scroll(page, async () => (await page.locator(`[aria-posinset="${devices}"]`).count()) > 0)
  )
  await phase("filtering the devices", async () => {
    const search = page.getByLabel("Buscar por nombre o número")
    await search.pressSequentially("sucursal 1", { delay: 30 })
    await search.fill("")
  })
  await phase("devices that change", async () => {
    for (const { id } of all.slice(0, 100)) await gateway.post(`/v1/devices/${id}/start`, {}, { token })
  })
  await phase("opening a device", async () => {
    await page.evaluate("scrollTo(0, 0)")
    await page.getByRole("link", { name: "Sucursal 1", exact: true }).click()
    await page.locator(".event-table tbody tr").nth(3).waitFor()
  })
  await phase(`scrolling ${events} events`, () =>
    scroll(
      page,
      async () => (await page.locator(".event-table").getByRole("button", { name: "device.registered" }).count()) > 0
    )
  )
  await phase("grouping them, and not", async () => {
    await page.getByLabel("Un envío, una fila").uncheck()
    await page.getByLabel("Un envío, una fila").check()
  })
  await context.close()
  return Math.max(...tasks) < TASK_MAX_MS && Math.max(median(paints), median(inside)) < PAINT_MAX_MS
}

/** Scrolls to the bottom until it holds: more rows may come each time. */
const scroll = async (page: Page, isThere: () => Promise<boolean>): Promise<void> => {
  await until(
    async () => {
      await page.evaluate("scrollTo(0, document.body.scrollHeight)")
      return isThere()
    },
    "the last row",
    600_000
  )
}

/** The browser tells of it a little after it has painted. */
const firstPaint = (page: Page): Promise<number> =>
  until(() => page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime"), "a paint")

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const shown = (values: readonly number[]): string =>
  `${Math.round(median(values))} ms (${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))})`
