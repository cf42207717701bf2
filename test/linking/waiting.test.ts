/** A connection that waits for its link: it answers WhatsApp, and lives while a code or a passkey is under way. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { until } from "../support/until.ts"
import { LinkingScene } from "./support/attempt.ts"
import { DOORS } from "./support/catalogue.ts"

/** Six QRs take 0.9 s. */
const QR_MS = 150
const ROUND_MS = 6 * QR_MS

let scene: LinkingScene
beforeAll(async () => {
  scene = await LinkingScene.start({
    env: () => ({ WA_QR_MS: String(QR_MS), WA_PASSKEY_STEP_MS: "10000" }),
    network: { pingMs: 100 }
  })
})
afterAll(() => scene[Symbol.asyncDispose]())

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Whether the connection was closed since the link began. */
const restarts = (events: readonly { readonly type: string }[]) =>
  events.filter(({ type }) => type === "connection.restarted" || type === "connection.lost")

// The first one, as pings of connections that end are not answered.
it("a client that waits answers the pings of WhatsApp", async () => {
  await scene.attempt("API")
  const pings = () => scene.gateway.network.notices.filter(({ type }) => type === "ping")
  await until(() => pings().filter(({ isAcknowledged }) => isAcknowledged).length > 2, "answers to pings")
  // One may be on its way.
  const unanswered = pings().slice(0, -3)
  expect(unanswered.filter(({ isAcknowledged }) => !isAcknowledged)).toEqual([])
})

describe.each(DOORS)("a link through the %s that takes longer than the QRs of its connection", (door) => {
  it("is made with the code that was shown", async () => {
    const link = await scene.attempt(door)
    await link.told("scan")
    const code = await link.code()
    await pause(ROUND_MS * 2)
    expect(restarts(await link.events())).toEqual([])
    await link.enter(code)
    await link.linked()
  })

  it("is made with the passkey that was demanded", async () => {
    const link = await scene.attempt(door)
    link.fault({ kind: "passkey", times: 1 })
    await link.scan()
    await link.told("passkey")
    await pause(ROUND_MS * 2)
    expect(restarts(await link.events())).toEqual([])
    await link.signed()
    await link.confirmed()
    await link.linked()
  })
})

it("a connection without either begins again with new QRs when its own have ended", async () => {
  const link = await scene.attempt("API")
  await until(async () => restarts(await link.events()).length > 0, "another connection")
  await link.scan()
  await link.linked()
})
