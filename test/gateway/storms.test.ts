/** Every connection is cut at once, again and again: each time all devices come back, and nothing of the lost connections remains. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { afterAll, beforeAll, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { times } from "../support/soak.ts"
import { until } from "../support/until.ts"

const DEVICES = times(5, 20)
const ROUNDS = times(4, 20)
/** After these rounds every cache is warm. */
const WARM = 2
const GROWTH_MAX = 20 * 2 ** 20

let gateway: TestGateway
let token: string
const numbers = Array.from({ length: DEVICES }, (_, n) => `519111110${String(n).padStart(2, "0")}`)

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { RETRY_FIRST_MS: "20", RETRY_CAP_MS: "200", DEVICES_PER_USER_MAX: String(DEVICES) },
    network: { prekeyCount: 30 }
  })
  token = await gateway.user("51911110999")
  for (const numero of numbers) await gateway.connect(token, numero)
}, 120_000)
afterAll(() => gateway[Symbol.asyncDispose]())

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void
const heapUsed = (): number => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** How many connections have opened so far. */
const opened = async (): Promise<number> => {
  const response = await fetch(`${gateway.url}/v1/events/export?types=connection.opened`, {
    headers: { "x-api-key": OPERATOR_KEY }
  })
  return (await response.text()).split("\n").length - 1
}

it("[DEV-2] all devices come back after every storm, and so does the memory", async () => {
  let warm = 0
  const first = await opened()
  for (let round = 1; round <= ROUNDS; round++) {
    gateway.network.fault({ kind: "terminate" })
    await until(async () => (await opened()) === first + round * DEVICES, `round ${round}`, 30_000)
    await gateway.untilAllConnected(DEVICES, { token })
    if (round === WARM) warm = heapUsed()
  }
  // What the last connections held goes with their timers.
  await expect.poll(() => heapUsed() - warm, { timeout: 60_000, interval: 500 }).toBeLessThan(GROWTH_MAX)
})
