/** Which version of WhatsApp Web the gateway names: when it asks for the newest, what it keeps, and when it warns. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { SeenVersion } from "../../src/store/web-version.ts"
import { fetchNewestRevision } from "../../src/whatsapp/baileys/version/newest-version.ts"
import { VersionChoice, type VersionPurpose } from "../../src/whatsapp/baileys/version/version-choice.ts"

const BUNDLED = 1_043_857_760
const BUILT_AT = Date.UTC(2026, 6, 30)
const DAY_MS = 86_400_000

/** What the page of WhatsApp Web answers; undefined: 503. */
let page: string | undefined
let requests = 0
const server = createServer((_request, response) => {
  requests++
  response.statusCode = page === undefined ? 503 : 200
  response.end(page)
})
let url: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sw.js`
})
afterAll(() => void server.close())
beforeEach(() => {
  page = undefined
  requests = 0
})

const pageOf = (revision: number) => `self.x=JSON.parse("{\\"client_revision\\":${revision},\\"y\\":1}");`

/** One gateway; `kept` is what its store holds. */
const choice = ({ kept, fixed, bundled = BUNDLED }: { kept?: SeenVersion; fixed?: number; bundled?: number } = {}) => {
  const warnings: string[] = []
  let stored = kept
  const made = new VersionChoice({
    fixed,
    url,
    bundled,
    store: {
      read: Effect.sync(() => stored),
      keep: (seen) => Effect.sync(() => void (stored = seen))
    },
    warn: (text) => warnings.push(text)
  })
  const choose = (purpose: VersionPurpose, at: number) =>
    Effect.andThen(TestClock.setTime(at), made.choose(purpose)).pipe(
      Effect.provide(TestClock.layer()),
      Effect.runPromise
    )
  return { choose, made, warnings, stored: () => stored }
}

describe("the version that the gateway names", () => {
  it("is asked for before a link and after 405, not before a login", async () => {
    page = pageOf(BUNDLED + 5)
    const { choose, stored } = choice()
    expect(await choose("login", BUILT_AT)).toBe(BUNDLED)
    expect(requests).toBe(0)
    expect(await choose("link", BUILT_AT)).toBe(BUNDLED + 5)
    expect(stored()).toEqual({ revision: BUNDLED + 5, currentAt: BUILT_AT })
    expect(await choose("outdated", BUILT_AT)).toBe(BUNDLED + 5)
    expect(requests).toBe(2)
  })

  it("is asked for once by links that begin together", async () => {
    page = pageOf(BUNDLED + 5)
    const { made } = choice()
    const both = Effect.all([made.choose("link"), made.choose("link")], { concurrency: "unbounded" })
    expect(await Effect.runPromise(both)).toEqual([BUNDLED + 5, BUNDLED + 5])
    expect(requests).toBe(1)
  })

  it("is the stored one while WhatsApp Web cannot be read, and never an older one than Baileys was built with", async () => {
    const newer = choice({ kept: { revision: BUNDLED + 9, currentAt: BUILT_AT } })
    expect(await newer.choose("link", BUILT_AT)).toBe(BUNDLED + 9)
    expect(newer.warnings.join()).toContain("the newest version of WhatsApp Web is not known")
    const older = choice({ kept: { revision: BUNDLED - 9, currentAt: BUILT_AT } })
    expect(await older.choose("link", BUILT_AT)).toBe(BUNDLED)
  })

  it("is not lowered when WhatsApp Web names an older one", async () => {
    page = pageOf(BUNDLED - 1)
    const { choose, stored } = choice()
    expect(await choose("link", BUILT_AT)).toBe(BUNDLED)
    expect(stored()?.revision).toBe(BUNDLED)
  })

  it("warns before a link when it is older than 60 days, and not before", async () => {
    const warnsAt = async (days: number, purpose: VersionPurpose) => {
      const { choose, warnings } = choice()
      await choose(purpose, BUILT_AT + days * DAY_MS)
      return warnings.filter((text) => text.includes("set WA_VERSION to a newer one"))
    }
    expect(await warnsAt(59, "link")).toEqual([])
    expect(await warnsAt(61, "link")).toEqual([expect.stringContaining("2026-07-30")])
    expect(await warnsAt(61, "login")).toEqual([])
  })

  it("counts these days from the last time that WhatsApp Web named it", async () => {
    page = pageOf(BUNDLED)
    const { choose, warnings } = choice()
    await choose("link", BUILT_AT + 100 * DAY_MS)
    expect(warnings).toEqual([])
  })

  it("is WA_VERSION where that is set: WhatsApp Web is not asked, and a known newer one is a warning", async () => {
    const { choose, warnings } = choice({ fixed: BUNDLED + 1, kept: { revision: BUNDLED + 2, currentAt: BUILT_AT } })
    expect(await choose("link", BUILT_AT)).toBe(BUNDLED + 1)
    expect([requests, warnings]).toEqual([0, [expect.stringContaining("WA_VERSION")]])
  })
})

describe("the page of WhatsApp Web", () => {
  it("names the version wherever it stands in the page", async () => {
    page = `${"x".repeat(200_000)}${pageOf(1_046_865_705)}${"y".repeat(200_000)}`
    expect(await fetchNewestRevision(url)).toBe(1_046_865_705)
  })

  it.each([
    ["an error", undefined],
    ["another page", "<html>"],
    ["a page with a version that is none", '{"client_revision":12}'],
    ["an empty page", ""]
  ])("is refused when it is %s", async (_what, text) => {
    page = text
    await expect(fetchNewestRevision(url)).rejects.toThrow(/names no version|is answered with 503/)
  })
})
