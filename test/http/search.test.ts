/** GET /v1/devices/:id/search: messages by their words, as a client finds them. */
import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { pdf } from "../support/sample-files.ts"
import { times } from "../support/soak.ts"
import { until } from "../support/until.ts"

const ME = "51911000081"
const STRANGER = "51911000082"
const BETO = "51922000081"
const CARLA = "51922000082"
const OLD = 1_780_000_000

let gateway: TestGateway
let token: string
let stranger: string

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 50 } })
  const { network } = gateway
  for (const number of [BETO, CARLA]) network.addContact(number, { behaviour: "silent" })
  token = await gateway.user(ME)
  stranger = await gateway.user(STRANGER)
  network.addPhone(ME).setHistory([
    ...Array.from({ length: 12 }, (_, i) => ({
      with: BETO,
      text: `Ñandú número ${i}`,
      at: OLD + i,
      fromMe: i % 3 === 0
    })),
    { with: CARLA, text: "un ñandú de Carla", at: OLD - 10 }
  ])
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
  await until(async () => (await search({ q: "nandu", limit: "100" })).body.items.length === 13, "the history")
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const search = (query: Record<string, string>, as = token) =>
  gateway.get(`/v1/devices/${ME}/search?${new URLSearchParams(query).toString()}`, { token: as })
const found = async (query: Record<string, string>): Promise<readonly string[]> =>
  (await search(query)).body.items.map(({ summary }: { readonly summary: string }) => summary)
const untilFound = (query: Record<string, string>) =>
  until(async () => (await search(query)).body.items[0], `a message with ${query.q}`)

it("finds what the phone told of the past, the newest first, page by page", async () => {
  const pages: string[] = []
  for (let after: string | null = ""; after !== null; ) {
    const { body } = await search({ q: "NANDU numero", limit: "5", ...(after === "" ? {} : { after }) })
    pages.push(...body.items.map(({ summary }: { readonly summary: string }) => summary))
    after = body.next
  }
  expect(pages).toEqual(Array.from({ length: 12 }, (_, i) => `Ñandú número ${11 - i}`))
})

it("shows a message as its chat does, and says which chat it is in", async () => {
  const { lid } = gateway.network.contact(CARLA)
  const [item] = (await search({ q: '"ñandú de" carl*' })).body.items
  expect(item).toMatchObject({
    text: "un ñandú de Carla",
    fromMe: false,
    sender: { number: CARLA },
    chat: { id: lid, kind: "person", person: { number: CARLA } }
  })
  const inChat = (await gateway.get(`/v1/devices/${ME}/chats/${CARLA}/messages`, { token })).body.items
  expect(inChat).toContainEqual((({ chat: _chat, ...message }) => message)(item))
})

it("is limited to a chat, an author and a time", async () => {
  expect(await found({ q: "nandu", chat: CARLA })).toEqual(["un ñandú de Carla"])
  expect(await found({ q: "nandu", fromMe: "true" })).toEqual([9, 6, 3, 0].map((i) => `Ñandú número ${i}`))
  const at = (second: number) => new Date(second * 1_000).toISOString()
  expect(await found({ q: "nandu", since: at(OLD + 2), until: at(OLD + 3) })).toEqual([
    "Ñandú número 3",
    "Ñandú número 2"
  ])
  expect((await search({ q: "nandu", chat: "51999999999" })).body.code).toBe("chat-not-found")
})

it("finds a message as soon as it is there: one that was sent, a file's name, an edit and no longer what it was", async () => {
  await gateway.post("/api/send-message", { number: BETO, message: "presupuesto aprobado" }, { token })
  expect(await untilFound({ q: "presupuesto" })).toMatchObject({ fromMe: true, text: "presupuesto aprobado" })
  const beto = gateway.network.contact(BETO)
  await beto.send(ME, { media: pdf, mimetype: "application/pdf", filename: "contrato.pdf" })
  expect(await untilFound({ q: "contrato" })).toMatchObject({ filename: "contrato.pdf", kind: "document" })
  const id = await beto.send(ME, { text: "vengo el lunes" })
  await untilFound({ q: "lunes" })
  await beto.send(ME, { text: "vengo el martes", edit: id })
  expect(await untilFound({ q: "martes" })).toMatchObject({ id, text: "vengo el martes" })
  expect(await found({ q: "lunes" })).toEqual([])
  await beto.send(ME, { revoke: id })
  await until(async () => (await found({ q: "martes" })).length === 0, "that it is not found")
})

it("does not find what was erased", async () => {
  const id = await gateway.network.contact(BETO).send(ME, { text: "confidencial" })
  await untilFound({ q: "confidencial" })
  expect((await gateway.call("DELETE", `/v1/messages/${id}/content`, { token })).status).toBe(200)
  expect(await found({ q: "confidencial" })).toEqual([])
})

it("is for the owner of the device", async () => {
  expect((await search({ q: "nandu" }, stranger)).body.code).toBe("device-not-found")
})

it.each([
  [{}, "q"],
  [{ q: "" }, "q"],
  [{ q: '"" * …' }, "q"],
  [{ q: "a".repeat(301) }, "q"],
  [{ q: "a", limit: "101" }, "limit"],
  [{ q: "a", since: "ayer" }, "since"],
  [{ q: "a", after: "abc" }, "after"]
])("refuses %j", async (query: Record<string, string>, field) => {
  const { status, body } = await search(query)
  expect([status, body.code, body.field]).toEqual([400, "invalid-request", field])
})

it("answers any text with 200 or 400", async () => {
  const signs = fc.constantFrom(
    ...Array.from("\"'*+-<>()~@:^%\\,.& \0"),
    "nandu",
    "AND",
    "OR",
    "NOT",
    "NEAR(",
    "words:"
  )
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.array(signs, { maxLength: 15 }).map((parts) => parts.join(""))
  )
  await fc.assert(
    fc.asyncProperty(text, async (q) => {
      expect([200, 400]).toContain((await search({ q })).status)
    }),
    { numRuns: times(100, 2_000) }
  )
})
