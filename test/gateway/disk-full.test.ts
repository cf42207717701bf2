/** The whole gateway with its data directory on a disk that becomes full. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"
import { canMount, SmallDisk } from "../support/small-disk.ts"

const ME = "51911000001"
const BETO = "51922000001"

describe.skipIf(!canMount)("a gateway whose disk is full", () => {
  let disk: SmallDisk
  let gateway: TestGateway
  let token: string

  beforeAll(async () => {
    disk = new SmallDisk(40)
    gateway = await TestGateway.start({
      env: { DATA_DIR: disk.directory, RETRY_FIRST_MS: "40", LOG_LEVEL: "silent" },
      network: { prekeyCount: 50 }
    })
    gateway.network.addContact(BETO, { behaviour: "silent" })
    token = await gateway.user(ME)
    await gateway.connect(token, ME)
    await gateway.untilSynced(token, ME)
  }, 60_000)
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]()
    disk[Symbol.dispose]()
  })

  const text = "x".repeat(60_000)
  const send = () => gateway.post(`/v1/devices/${ME}/messages`, { to: BETO, text }, { token })
  const received = async () =>
    (await gateway.events(token, ME)).filter(({ type }) => type === "message.received").map(({ data }) => data.content)

  it("[OUT-1] responds 507 (WHATSAPP25: 503) and serves reads; when there is room it continues on its own, with everything it accepted", async () => {
    const accepted: string[] = [(await send()).body.id]
    disk.fill()
    const refused = await until(async () => {
      const answer = await send()
      if (answer.status === 202) accepted.push(answer.body.id)
      return answer.status === 202 ? undefined : answer
    }, "the disk to be full")
    expect(refused).toMatchObject({ status: 507, body: { code: "store-full", status: 507 } })
    expect(refused.headers.get("retry-after")).toBe("30")
    const spanish = await gateway.post("/api/send-message", { number: BETO, message: "hola" }, { token })
    expect(spanish).toMatchObject({ status: 503, body: { error: "Servicio no disponible" } })
    const file = await gateway.post(
      "/api/send-whatsap",
      { number: BETO, mediatype: "document", media: Buffer.alloc(9_000).toString("base64"), filename: "a.bin" },
      { token }
    )
    expect(file.status).toBe(503)
    expect((await gateway.get(`/v1/devices/${ME}`, { token })).status).toBe(200)
    expect((await gateway.get("/health")).status).toBe(200)
    await gateway.network.contact(BETO).send(ME, { text: "while it was full" })

    disk.makeRoom()
    await until(async () => (await send()).status === 202, "a message to be accepted")
    await until(async () => (await received()).some((content) => content.text === "while it was full"), "the message")
    const arrived = () => new Set(gateway.network.contact(BETO).inbox.map(({ id }) => id))
    await until(() => accepted.every((id) => arrived().has(id)), "all that was accepted")
    expect((await gateway.get("/v1/audit/verify", { operator: true })).body).toMatchObject({ valid: true })
    expect(gateway.network.stats().duplicateMessageIds).toBe(0)
  }, 60_000)
})
