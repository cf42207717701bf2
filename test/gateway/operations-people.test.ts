/** What an account does with contacts, its profile, its privacy and businesses: through the API, on the network, and in the log. */
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Roster } from "../../src/store/roster/roster.ts"
import { GatewayOfOne } from "../support/gateway-of-one.ts"
import { widePicture } from "../support/pictures.ts"
import { until } from "../support/until.ts"

const ME = "51911000011"
const BETO = "51922000011"
const CARLA = "51922000012"
/** WhatsApp has this account under its number of before 2012, without the 9. */
const BRAZIL = "551187654321"
const NOBODY = "51922000019"

let account: GatewayOfOne

beforeAll(async () => {
  account = await GatewayOfOne.start(ME)
  for (const number of [BETO, CARLA, BRAZIL]) account.network.addContact(number, { behaviour: "silent" })
})
afterAll(async () => {
  expect(account.network.unknownIqs).toEqual([])
  expect(phone().appStateFlaws).toEqual([])
  await account[Symbol.asyncDispose]()
})

const contact = (number: string) => account.network.contact(number)
const phone = () => account.network.phone(ME)
const nameOf = (number: string) => ({ lid: contact(number).lid, number })
const known = (number: string) =>
  account.gateway.gateway.runtime.runPromise(
    Effect.flatMap(Roster, ({ contacts }) => Effect.orDie(contacts.find(1, { lid: null, number })))
  )
/** A person in the address book, as the phone shows it. */
const savedOnPhone = (number: string) => phone().appState.contacts[contact(number).jid]
/** Links another device of the account. Returns what it says under which name a person is saved. */
const secondDevice = async () => {
  const { gateway } = account
  const operator = { operator: true }
  await phone().scanQr(await gateway.session("segundo"))
  await gateway.untilSession("segundo", "CONNECTED")
  const { items } = (await gateway.get("/v1/devices?limit=200", operator)).body
  const { id } = items.find(({ sessionId }: { sessionId: string | null }) => sessionId === "segundo")
  return async (number: string): Promise<string | null | undefined> =>
    (await gateway.get(`/v1/devices/${id}/contacts/${number}`, operator)).body.savedName
}
const done = { status: 204, body: undefined }

describe("numbers", () => {
  it("are looked up, many at once; the account may have another number than the given one", async () => {
    const numbers = [NOBODY, BETO, "5511987654321"]
    const { status, body } = await account.post("/contacts/look-up", { numbers })
    expect(status).toBe(200)
    expect(body.numbers).toEqual([
      { given: NOBODY, account: null },
      { given: BETO, account: nameOf(BETO) },
      { given: "5511987654321", account: nameOf(BRAZIL) }
    ])
    expect(await account.performed()).toEqual([])
  })

  it("and LIDs are the names of people, in the order of the request", async () => {
    const people = [contact(BETO).lid, CARLA, NOBODY, BETO]
    const { body } = await account.post("/contacts/names", { people })
    expect(body.people).toEqual([nameOf(BETO), nameOf(CARLA), { lid: null, number: NOBODY }, nameOf(BETO)])
  })
})

describe("a person", () => {
  it("shows an about text, or hides it", async () => {
    contact(BETO).setAbout("En el taller")
    const shown = (await account.get(`/contacts/${BETO}/about`)).body
    expect(shown).toEqual({ about: "En el taller", setAt: expect.any(Number) })
    contact(BETO).profile.setPrivacy("status", "none")
    expect((await account.get(`/contacts/${BETO}/about`)).body).toEqual({ about: null, setAt: null })
    expect((await account.get(`/contacts/${NOBODY}/about`)).body).toEqual({ about: null, setAt: null })
  })

  it("shows a picture, or hides it, or has none", async () => {
    expect((await account.get(`/contacts/${CARLA}/picture`)).body).toEqual({ url: null })
    await contact(CARLA).profile.setPicture(await widePicture())
    const full = (await account.get(`/contacts/${CARLA}/picture`)).body.url
    const small = (await account.get(`/contacts/${CARLA}/picture?size=small`)).body.url
    expect(full).toMatch(/^https:/)
    expect(small).toMatch(/^https:/)
    expect(small).not.toBe(full)
    contact(CARLA).profile.setPrivacy("profile", "none")
    expect((await account.get(`/contacts/${CARLA}/picture`)).body).toEqual({ url: null })
  })

  it("has devices", async () => {
    expect((await account.get(`/contacts/${BETO}/devices`)).body).toEqual({ devices: 1 })
    contact(BETO).linkDevice()
    expect((await account.get(`/contacts/${BETO}/devices`)).body).toEqual({ devices: 2 })
    expect((await account.get(`/contacts/${NOBODY}/devices`)).body).toEqual({ devices: 0 })
  })

  it("shares groups with the account", async () => {
    const group = contact(BETO).createGroup("Vecinos", [ME])
    contact(CARLA).createGroup("Otros", [ME])
    for (const name of [BETO, contact(BETO).lid, contact(BETO).jid]) {
      expect((await account.get(`/contacts/${name}/groups`)).body).toEqual({ groups: [group] })
    }
  })

  it("may be a business, with a profile", async () => {
    expect((await account.get(`/contacts/${BETO}/business`)).body).toEqual({ profile: null })
    const profile = { description: "Repuestos", email: "ventas@example.com", category: "Tienda" }
    const websites = ["https://example.com", "https://example.org"]
    contact(BETO).profile.setBusiness({ ...profile, websites })
    const { body } = await account.get(`/contacts/${BETO}/business`)
    expect(body).toEqual({ profile: { ...profile, address: null, websites } })
  })
})

describe("the account", () => {
  it("blocks a person and unblocks them; the roster knows", async () => {
    expect(await account.put(`/contacts/${CARLA}/block`)).toMatchObject(done)
    expect(phone().profile.blocked).toEqual([CARLA])
    expect((await account.get("/contacts/blocked")).body).toEqual({ people: [nameOf(CARLA)] })
    await until(async () => (await known(CARLA))?.isBlocked === true, "the blocked contact")
    expect(await account.lastPerformed()).toMatchObject({ operation: "contact.block", input: { person: CARLA } })
    expect(await account.call("DELETE", `/contacts/${contact(CARLA).lid}/block`)).toMatchObject(done)
    expect(phone().profile.blocked).toEqual([])
    await until(async () => (await known(CARLA))?.isBlocked === false, "the free contact")
    const nobody = await account.put(`/contacts/${NOBODY}/block`)
    expect(nobody).toMatchObject({ status: 422, body: { code: "operation-unfit", field: "person" } })
  })

  it("saves a person under a name and removes them; its other devices and the roster know", async () => {
    const savedElsewhere = await secondDevice()
    expect(await account.put(`/contacts/${BETO}`, { name: "Beto Ríos", firstName: "Beto" })).toMatchObject(done)
    await until(async () => (await known(BETO))?.name === "Beto Ríos", "the name")
    await until(async () => (await savedElsewhere(BETO)) === "Beto Ríos", "the name on the other device")
    expect(await account.call("DELETE", `/contacts/${BETO}`)).toMatchObject(done)
    await until(async () => (await known(BETO))?.name === null, "no name")
    await until(async () => (await savedElsewhere(BETO)) === null, "no name on the other device")
    // Nor is what was never saved.
    expect(await account.call("DELETE", `/contacts/${CARLA}`)).toMatchObject(done)
    for (const number of [BETO, CARLA]) await account.put(`/contacts/${number}`, { name: "Otra vez" })
    await until(() => savedOnPhone(CARLA)?.name === "Otra vez" && savedOnPhone(BETO) !== undefined, "both on the phone")
    expect(phone().appStateFlaws).toEqual([])
  })

  it("saves a person while its phone saves another: neither is lost", async () => {
    // WhatsApp refuses the change of the gateway, which is not based on that of the phone, inside an answer that looks like any other.
    phone().doBeforeNextPatch({ save: "Carla dos", chat: CARLA })
    expect(await account.put(`/contacts/${BETO}`, { name: "Beto dos" })).toMatchObject(done)
    await until(async () => (await known(BETO))?.name === "Beto dos", "the name that the gateway saved")
    await until(async () => (await known(CARLA))?.name === "Carla dos", "the name that the phone saved")
    await until(() => savedOnPhone(BETO)?.name === "Beto dos", "it on the phone")
    await phone().do({ save: "Beto tres", chat: BETO })
    await until(async () => (await known(BETO))?.name === "Beto tres", "what the phone saves afterwards")
    expect(phone().appStateFlaws).toEqual([])
  })

  it("has a name, an about text and a picture", async () => {
    expect(await account.put("/profile/name", { name: "Distribuidora Norte" })).toMatchObject(done)
    await until(async () => (await known(ME))?.pushName === "Distribuidora Norte", "the own name")
    await until(() => phone().appState.pushName === "Distribuidora Norte", "it on the phone")
    expect(await account.put("/profile/about", { about: "De 9 a 18 h" })).toMatchObject(done)
    expect(phone().profile.about).toBe("De 9 a 18 h")
    const picture = (await widePicture()).toString("base64")
    expect(await account.put("/profile/picture", { picture })).toMatchObject(done)
    expect(phone().profile.picture).toBeDefined()
    expect(await account.lastPerformed()).toEqual({
      operation: "profile.set_picture",
      input: {},
      outcome: { status: "done" }
    })
    expect(await account.call("DELETE", "/profile/picture")).toMatchObject(done)
    expect(phone().profile.picture).toBeUndefined()
    expect(account.mediaFiles()).toEqual([])
  })

  it("takes a picture in a form as well", async () => {
    const form = new FormData()
    form.set("picture", new Blob([Uint8Array.from(await widePicture())]), "logo.png")
    const { url } = account.gateway
    const { status } = await fetch(`${url}/v1/devices/${ME}/profile/picture`, {
      method: "PUT",
      headers: { authorization: `Bearer ${account.token}` },
      body: form
    })
    expect(status).toBe(204)
    expect(phone().profile.picture).toBeDefined()
  })

  it("decides who sees what of it", async () => {
    const all = (await account.get("/privacy")).body.settings
    expect(all).toEqual({
      lastSeen: "all",
      online: "all",
      picture: "all",
      about: "all",
      readReceipts: "all",
      groupAdd: "all",
      calls: "all",
      messages: "all"
    })
    expect(await account.put("/privacy/lastSeen", { value: "contacts" })).toMatchObject(done)
    expect(await account.put("/privacy/calls", { value: "known" })).toMatchObject(done)
    expect(phone().profile.privacy).toEqual({ last: "contacts", calladd: "known" })
    expect((await account.get("/privacy")).body.settings).toEqual({ ...all, lastSeen: "contacts", calls: "known" })
    const refused = await account.put("/privacy/readReceipts", { value: "contacts" })
    expect(refused).toMatchObject({ status: 422, body: { code: "operation-refused", whatsappCode: 400 } })
    expect(await account.put("/privacy/shoeSize", { value: "all" })).toMatchObject({ status: 400 })
    expect(await account.put("/privacy/disappearing", { seconds: 604_800 })).toMatchObject(done)
    expect(phone().profile.disappearingSeconds).toBe(604_800)
  })
})

describe("a business", () => {
  const products = ["Arroz", "Azúcar", "Aceite"].map((name, index) => ({
    id: `41000000000${index}`,
    name,
    price: 12_500 * (index + 1),
    currency: "PEN"
  }))

  it("lists its products, a page at a time", async () => {
    contact(BETO).shop.catalog = { products, collections: [] }
    const first = (await account.get(`/business/${BETO}/catalog?limit=2`)).body
    expect(first.products.map(({ name }: { name: string }) => name)).toEqual(["Arroz", "Azúcar"])
    expect(first.products[0]).toEqual({
      productId: "410000000000",
      name: "Arroz",
      description: null,
      price: { currency: "PEN", amount: 12.5 },
      url: null,
      imageUrl: null,
      isHidden: false
    })
    const second = (await account.get(`/business/${BETO}/catalog?limit=2&after=${first.next}`)).body
    expect(second).toMatchObject({ products: [{ name: "Aceite" }], next: null })
    expect(await account.get(`/business/${NOBODY}/catalog`)).toMatchObject({ status: 404 })
  })

  it("reads what was ordered, with the token of the order", async () => {
    const items = [{ product: "410000000001", quantity: 3 }]
    const { orderId, token } = await contact(CARLA).order(BETO, items)
    const { body } = await account.post("/business/orders", { orderId, token })
    expect(body).toEqual({
      items: [
        {
          productId: "410000000001",
          name: "Azúcar",
          quantity: 3,
          price: { currency: "PEN", amount: 25 },
          imageUrl: null
        }
      ],
      total: { currency: "PEN", amount: 75 }
    })
    const wrong = await account.post("/business/orders", { orderId, token: "AAAA" })
    expect(wrong).toMatchObject({ status: 422, body: { whatsappCode: 403 } })
  })
})

describe("WhatsApp answers 429", () => {
  it("and the client is told to wait", async () => {
    account.network.fault({ kind: "iq_error", xmlns: "privacy", code: 429, number: ME })
    const answer = await account.get("/privacy")
    expect(answer).toMatchObject({ status: 503, body: { code: "asked-too-often" } })
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0)
  })
})
