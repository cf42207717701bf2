/** The whole gateway as a process that is killed again and again, with a receiver that stays up: no accepted event is lost. */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { ok, Receiver } from "../support/receiver.ts"
import { times } from "../support/soak.ts"
import { until } from "../support/until.ts"

const KILLS = times(3, 25)
const CLIENTS = 3
const operator = { operator: true }

it(
  `[HOOK-1] [HOOK-2] after ${KILLS} kills, every accepted event was delivered, in order, each under one id`,
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "bitacora-webhook-kills-"))
    // Every tenth delivery fails at first, so that some kills meet a delivery that waits.
    let posts = 0
    await using receiver = await Receiver.start((response, got) => {
      if (++posts % 10 === 0) response.writeHead(500).end()
      else ok(response, got)
    })
    const start = () =>
      GatewayProcess.start({
        DATA_DIR: directory,
        API_KEY: OPERATOR_KEY,
        OUTBOUND_ALLOW: Receiver.allow,
        WEBHOOK_RETRIES: "50ms,50ms,50ms,1s,1s",
        RATE_LIMIT_MAX: "100000",
        DEVICES_PER_USER_MAX: "10000",
        NEW_DEVICES_PER_DAY_MAX: "100000"
      })
    let gateway = await start()
    const endpoint = await gateway.post("/v1/webhooks", { url: receiver.url(), types: ["device.registered"] }, operator)
    expect(endpoint.status).toBe(201)

    const accepted: string[] = []
    const over = new AbortController()
    const client = async () => {
      while (!over.signal.aborted) {
        const options = { ...operator, headers: { "idempotency-key": randomUUID() } }
        const body = { sessionId: randomUUID() }
        const add = async () => {
          const answer = await gateway.post("/v1/devices", body, options).catch(() => undefined)
          return answer !== undefined && answer.status < 300 ? (answer.body.id as string) : undefined
        }
        accepted.push(await until(add, "a response with an id", 60_000))
      }
    }
    const clients = Array.from({ length: CLIENTS }, client)
    for (let kill = 0; kill < KILLS; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 700))
      await gateway.end("SIGKILL")
      gateway = await start()
    }
    over.abort()
    await Promise.all(clients)
    expect(accepted.length).toBeGreaterThan(KILLS * CLIENTS)

    const arrived = () => new Set(receiver.got.map(({ body }) => body.data.deviceId as string))
    const hasAll = () => accepted.every((id) => arrived().has(id))
    await until(hasAll, "every accepted event to arrive", 30_000)
    const first = [...new Map(receiver.got.map(({ body, id }) => [body.position as number, id])).keys()]
    expect(first).toEqual(first.toSorted((one, other) => one - other))
    const ids = Map.groupBy(receiver.got, ({ body }) => body.position as number)
    for (const all of ids.values()) expect(new Set(all.map(({ id }) => id)).size).toBe(1)
    const parked = await gateway.get(`/v1/webhooks/${endpoint.body.id}/deliveries?status=parked`, operator)
    expect(parked.body.items).toEqual([])
    await gateway.end("SIGKILL")
    rmSync(directory, { recursive: true, force: true })
  },
  times(60_000, 300_000)
)
