/** The whole gateway on a MariaDB server whose disk becomes full. */
import { rmSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isMariadbHere } from "../support/dialects.ts"
import { TestGateway } from "../support/gateway.ts"
import type { Answer } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { MariadbServer } from "../support/mariadb-server.ts"
import { canMount, SmallDisk } from "../support/small-disk.ts"
import { times } from "../support/soak.ts"

const ME = "51911000001"
const BETO = "51922000001"
/** The longest time that a caller waits. */
const ANSWER_MS = 15_000
const IS_FULL_RUN = times(0, 1) === 1

describe.skipIf(!canMount || !isMariadbHere)("a gateway whose database server's disk is full", () => {
  let disk: SmallDisk
  let server: MariadbServer
  let gateway: TestGateway
  let token: string

  beforeAll(async () => {
    disk = new SmallDisk(160)
    server = await MariadbServer.start(["--innodb-log-file-size=8M"], disk.directory)
    gateway = await TestGateway.start({
      env: {
        DATABASE_URL: `mysql://root@127.0.0.1:${server.port}/bitacora_test`,
        RETRY_FIRST_MS: "40",
        LOG_LEVEL: "silent"
      },
      network: { prekeyCount: 50 }
    })
    gateway.network.addContact(BETO, { behaviour: "silent" })
    token = await gateway.user(ME)
    await gateway.connect(token, ME)
    await gateway.untilSynced(token, ME)
  }, 60_000)
  afterAll(async () => {
    await gateway.network.stop()
    rmSync(gateway.directory, { recursive: true, force: true })
    await server[Symbol.asyncDispose]()
    disk[Symbol.dispose]()
  })

  const send = async (text: string): Promise<Answer> => {
    const start = performance.now()
    const answer = await gateway.post(`/v1/devices/${ME}/messages`, { to: BETO, text }, { token })
    expect(performance.now() - start).toBeLessThan(ANSWER_MS)
    return answer
  }
  const received = async () =>
    (await gateway.events(token, ME)).filter(({ type }) => type === "message.received").map(({ data }) => data.content)
  const goesOn = async (accepted: readonly string[]) => {
    await until(async () => (await send("hola")).status === 202, "a message to be accepted")
    const arrived = () => new Set(gateway.network.contact(BETO).inbox.map(({ id }) => id))
    await until(() => accepted.every((id) => arrived().has(id)), "all that was accepted")
    expect((await gateway.get("/v1/audit/verify", { operator: true })).body).toMatchObject({ valid: true })
    expect(gateway.network.stats().duplicateMessageIds).toBe(0)
  }

  it("[OUT-1] [LOG-1] responds 507 (WHATSAPP25: 503) and serves reads; when there is room it continues on its own, with everything it accepted", async () => {
    const accepted: string[] = [(await send("hola")).body.id]
    disk.fill()
    const refused = await until(async () => {
      const answer = await send("x".repeat(3_000))
      if (answer.status === 202) accepted.push(answer.body.id)
      return answer.status === 202 ? undefined : answer
    }, "the disk to be full")
    expect(refused).toMatchObject({ status: 507, body: { code: "store-full", status: 507 } })
    const message = "x".repeat(3_000)
    const spanish = await gateway.post("/api/send-message", { number: BETO, message }, { token })
    expect(spanish).toMatchObject({ status: 503, body: { error: "Servicio no disponible" } })
    expect((await gateway.get(`/v1/devices/${ME}`, { token })).status).toBe(200)
    expect((await gateway.get("/health")).status).toBe(200)
    const incoming = `while it was full ${"x".repeat(3_000)}`
    await gateway.network.contact(BETO).send(ME, { text: incoming })

    disk.makeRoom()
    await goesOn(accepted)
    await until(async () => (await received()).some((content) => content.text === incoming), "the message")
  }, 60_000)

  // MariaDB 10.11 tries for seconds to place a text that needs pages of its own, and may abort over it.
  it.skipIf(!IS_FULL_RUN)(
    "[LOG-1] responds in time even if the server aborts over it, and continues when the server is restarted",
    async () => {
      const accepted: string[] = []
      disk.fill()
      for (let tries = 0; tries < 5; tries++) {
        const answer = await send("x".repeat(60_000))
        if (answer.status === 202) accepted.push(answer.body.id)
        else expect([503, 507]).toContain(answer.status)
      }
      disk.makeRoom()
      if (!server.isRunning) await server.start()
      await goesOn(accepted)
    },
    120_000
  )
})
