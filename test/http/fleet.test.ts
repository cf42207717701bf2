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

  it("counts the messages of each hour of the last day", async () => {
    const [{ id }, { id: idle }] = (await fleet()).items
    const activity = async (devices: string, credential = token) =>
      (await gateway.get(`/v1/fleet/activity?devices=${devices}`, { token: credential })).body
    const { from, items } = await activity(`${id},${idle}`)
    expect(Date.now() - Date.parse(from)).toBeLessThanOrEqual(24 * 3_600_000)
    expect(items.map((item: { messages: number[] }) => item.messages.length)).toEqual([24, 24])
    const total = (at: number) => items[at].messages.reduce((sum: number, count: number) => sum + count, 0)
    expect([total(0), items[0].messages.at(-1) + items[0].messages.at(-2), total(1)]).toEqual([1, 1, 0])
    const other = await gateway.user("51944444409")
    expect((await activity(id, other)).items).toEqual([])
    const many = Array.from({ length: 101 }, () => id).join(",")
    expect((await gateway.get(`/v1/fleet/activity?devices=${many}`, { token })).body).toMatchObject({
      field: "devices"
    })
  })

  it("has the events of a device, the newest first, by type and in pages", async () => {
    const all = await gateway.events(token, linked)
    const page = async (query: string) =>
      (await gateway.get(`/v1/devices/${linked}/events?order=newest${query}`, { token })).body
    const positions = ({ items }: { items: readonly { position: number }[] }) => items.map(({ position }) => position)
    const expected = all.map(({ position }) => position).toReversed()
    const first = await page(`&limit=3&before=${(expected[0] ?? 0) + 1}`)
    const second = await page(`&limit=1000&before=${first.next}`)
    expect([...positions(first), ...positions(second)]).toEqual(expected)
    expect([first.next, second.next]).toEqual([String(expected[2]), null])
    const opened = await page("&types=connection.opened,device.registered")
    const named = all.filter(({ type }) => type === "connection.opened" || type === "device.registered")
    expect(positions(opened)).toEqual(named.map(({ position }) => position).toReversed())
    for (const [query, field] of [
      ["order=newest&after=1", "after"],
      ["before=9", "before"],
      ["types=connection.opened", "types"]
    ]) {
      const { body } = await gateway.get(`/v1/devices/${linked}/events?${query}`, { token })
      expect(body).toMatchObject({ code: "invalid-request", field })
    }
  })

  it("tells when a device changed its state, and in which state a time began", async () => {
    const changed = (await gateway.events(token, linked)).filter(({ from, to }) => to !== null && from !== to)
    const states = async (query = "") => (await gateway.get(`/v1/devices/${linked}/states${query}`, { token })).body
    const { items, isComplete } = await states()
    expect(isComplete).toBe(true)
    expect(items).toEqual(
      changed.map(({ to, recordedAt, position, type }) => ({ state: to, at: recordedAt, position, type }))
    )
    const later = new Date(Date.parse(changed.at(-1)?.recordedAt ?? "") + 1).toISOString()
    expect((await states(`?from=${later}`)).items).toEqual(items.slice(-1))
    expect((await states("?from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z")).field).toBe("from")
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
