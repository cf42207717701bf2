/** GET /v1/fleet on both databases: devices at a glance, with counts, and only those within reach. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { dialects, type TestDatabase } from "../support/dialects.ts"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

describe.each(dialects)("the fleet on $name", (dialect) => {
  const linked = "51944444401"
  let database: TestDatabase
  let gateway: TestGateway
  let token: string

  beforeAll(async () => {
    database = await dialect.create()
    gateway = await TestGateway.start({ env: { ...database.env } })
    token = await gateway.user(linked)
    await gateway.connect(token, linked)
    await gateway.post("/v1/devices", { number: "51944444402", name: "Ventas" }, { token })
  })
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]()
    await database.drop()
  })

  const fleet = async (query = "", credential: { token?: string; operator?: boolean } = { token }) =>
    (await gateway.get(`/v1/fleet${query}`, credential)).body

  it("says of each device since when it is in its state, when it last had a message, and its health", async () => {
    const { body: sent } = await gateway.post(
      `/v1/devices/${linked}/messages`,
      { to: gateway.network.addContact("51999999999").number, text: "Hola" },
      { token }
    )
    expect(sent.id).toBeDefined()
    const withMessage = await until(async () => {
      const { items } = await fleet()
      return items[0].lastMessageAt !== null && items
    }, "the message in the fleet")
    const opened = (await gateway.events(token, linked)).findLast(({ type }) => type === "connection.opened")
    expect(withMessage[0]).toMatchObject({
      number: linked,
      state: "CONNECTED",
      stateSince: opened?.recordedAt,
      health: "ok"
    })
    expect(withMessage[1]).toMatchObject({ name: "Ventas", state: "NONE", lastMessageAt: null })
  })

  it("counts all devices by state, on every page", async () => {
    const first = await fleet("?limit=1")
    expect(first.items.map(({ number }: { number: string }) => number)).toEqual([linked])
    expect(first.counts).toEqual({ CONNECTED: 1, NONE: 1 })
    const second = await fleet(`?limit=1&after=${first.next}`)
    expect([second.items[0].name, second.next, second.counts]).toEqual(["Ventas", null, { CONNECTED: 1, NONE: 1 }])
  })

  it("names certain devices only, and leaves out those out of reach", async () => {
    const [{ id }, { id: ventas }] = (await fleet()).items
    const other = await gateway.user("51944444403")
    expect((await fleet(`?devices=${ventas},dev_none`)).items.map((device: { id: string }) => device.id)).toEqual([
      ventas
    ])
    expect(await fleet(`?devices=${id}`, { token: other })).toEqual({ items: [], next: null, counts: {} })
    expect((await fleet("", { operator: true })).counts).toEqual({ CONNECTED: 1, NONE: 1 })
    const limited = { name: "una", scopes: ["read"], devices: [ventas] }
    const { body: narrow } = await gateway.post("/v1/tokens", limited, { token })
    expect(await fleet("", { token: narrow.token })).toMatchObject({ items: [{ id: ventas }], counts: { NONE: 1 } })
    const many = Array.from({ length: 101 }, (_, nth) => `dev_${nth}`).join(",")
    expect(await fleet(`?devices=${many}`)).toMatchObject({ code: "invalid-request", field: "devices" })
  })
})
