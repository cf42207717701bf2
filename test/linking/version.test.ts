/** Links, and the version of WhatsApp Web that the gateway names. */
import { DEFAULT_CONNECTION_CONFIG } from "@whiskeysockets/baileys"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { LinkingScene, note } from "./support/attempt.ts"
import { DOORS } from "./support/catalogue.ts"

const [, , bundled] = DEFAULT_CONNECTION_CONFIG.version

let scene: LinkingScene
/** Each test's newest version is newer than that of the test before: the gateway never goes back. */
let newest = bundled

/** Long enough that a test changes what the network says before the gateway tries again. */
const RETRY_FIRST_MS = "1000"

beforeAll(async () => {
  scene = await LinkingScene.start({
    env: ({ versionUrl }) => ({ WA_VERSION_URL: versionUrl, RETRY_FIRST_MS, RETRY_CAP_MS: RETRY_FIRST_MS })
  })
})
beforeEach(() => {
  newest += 1_000
  scene.gateway.network.setVersions({ latest: newest, minimumForLogin: 0, minimumForLinks: 0, isReachable: true })
})
afterAll(() => scene[Symbol.asyncDispose]())

const network = () => scene.gateway.network
const warnings = () => scene.log.filter((line) => line.includes("the newest version of WhatsApp Web is not known"))

describe.each(DOORS)("a version that is too old, through the %s", (door) => {
  it("for a link: the phone refuses, the client hears nothing; the next link asks for the newest and is made", async (test) => {
    network().setVersions({ minimumForLinks: newest + 1 })
    const link = await scene.attempt(door)
    await link.told("scan")
    await link.scanInVain("refuses the version", /too old/)
    expect(await link.door.look()).toMatchObject({ state: "QR", userAction: "scan" })
    network().setVersions({ latest: ++newest })
    await link.restart()
    await link.told("scan")
    await link.scan("scans the QR of the next connection")
    await link.linked()
    note(test, await link.row("the version is too old for a link"))
  })

  it("for a link by code: the same", async (test) => {
    network().setVersions({ minimumForLinks: newest + 1 })
    const link = await scene.attempt(door)
    await link.told("scan")
    await link.enterInVain(await link.code(), "refuses the version", /too old/)
    network().setVersions({ latest: ++newest })
    await link.restart()
    await link.told("scan")
    await link.enter(await link.code(), "types the code of the next connection")
    await link.linked()
    note(test, await link.row("the version is too old for a link by code"))
  })

  it("at all: WhatsApp says 405, and the gateway asks for the newest and is taken", async (test) => {
    // The page cannot be read when the link begins, and can be when WhatsApp refuses.
    network().setVersions({ isReachable: false, minimumForLogin: newest })
    const before = warnings().length
    const link = await scene.attempt(door)
    await expect.poll(async () => (await link.events()).some(({ type }) => type === "connection.lost")).toBe(true)
    network().setVersions({ isReachable: true })
    expect(warnings().length).toBeGreaterThan(before)
    await link.told("scan")
    await link.scan()
    await link.linked()
    note(test, await link.row("the version is too old at all"))
  })
})

describe("the newest version", () => {
  it("outlives a restart of the gateway when it cannot be read again", async () => {
    const link = await scene.attempt("API")
    await link.scan()
    await link.linked()
    network().setVersions({ isReachable: false, minimumForLinks: newest, minimumForLogin: newest })
    await scene.gateway.restart()
    const other = await scene.attempt("API")
    await other.scan()
    await other.linked()
  })

  it("is never lowered", async () => {
    const link = await scene.attempt("API")
    await link.scan()
    await link.linked()
    network().setVersions({ latest: bundled, minimumForLinks: newest })
    const other = await scene.attempt("API")
    await other.scan()
    await other.linked()
  })

  it("is the operator's where WA_VERSION fixes it, and nothing is asked", async () => {
    network().setVersions({ minimumForLinks: newest + 7 })
    await scene.gateway.restart({ WA_VERSION: `2.3000.${newest + 7}` })
    const link = await scene.attempt("API")
    await link.scan()
    await link.linked()
    await scene.gateway.restart({ WA_VERSION: `2.3000.${bundled}` })
    const old = await scene.attempt("API")
    await old.scanInVain("refuses the version", /too old/)
    expect(scene.log.join("")).toContain("WA_VERSION names")
  })
})
