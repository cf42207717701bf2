import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const USER = "51900000001"

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 50 } })
  token = await gateway.user(USER)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const add = async (numero: string) => {
  gateway.network.addPhone(numero)
  const { body } = await gateway.post("/v1/devices", { number: numero }, { token })
  return body.id as string
}

const types = async (numero: string) => (await gateway.events(token, numero)).map(({ type }) => type)

describe("pairing by code", () => {
  it("issues a code for a device at rest, which connects once the code is typed into the phone", async () => {
    const numero = "51911000001"
    const id = await add(numero)
    const { status, body } = await gateway.post(`/v1/devices/${id}/pairing-code`, { number: numero }, { token })
    expect(status).toBe(201)
    expect(body).toEqual({ code: expect.stringMatching(/^[0-9A-Z]{8}$/), expiresAt: expect.any(String) })
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now() + 60_000)
    await gateway.network.phone(numero).enterCode(body.code)
    await gateway.untilState(token, numero, "CONNECTED")
    expect(await types(numero)).toEqual(
      expect.arrayContaining(["pairing.code_issued", "device.paired", "connection.opened"])
    )
    expect(JSON.stringify(await gateway.events(token, numero))).not.toContain(body.code)
  })

  it("links nothing with a wrong code, and links with the next one", async () => {
    const numero = "51911000002"
    const id = await add(numero)
    await gateway.post(`/v1/devices/${id}/pairing-code`, { number: numero }, { token })
    await expect(gateway.network.phone(numero).enterCode("AAAAAAAA")).rejects.toThrow()
    const { body } = await gateway.post(`/v1/devices/${id}/pairing-code`, { number: numero }, { token })
    await gateway.network.phone(numero).enterCode(body.code)
    await gateway.untilState(token, numero, "CONNECTED")
  })

  it("shows a QR after a restart of the connection even if the code was not used", async () => {
    const numero = "51911000003"
    const id = await add(numero)
    await gateway.post(`/v1/devices/${id}/pairing-code`, { number: numero }, { token })
    await gateway.post(`/v1/devices/${id}/restart`, {}, { token })
    const qr = await until(async () => (await gateway.get(`/api/qr?numero=${numero}`, { token })).body.qr, "a QR")
    await gateway.network.phone(numero).scanQr(qr)
    await gateway.untilState(token, numero, "CONNECTED")
  })

  it("refuses another number than the device's, a text that is not a number, and a linked device", async () => {
    const other = await gateway.post("/v1/devices/51911000003/pairing-code", { number: "51911999999" }, { token })
    expect(other).toMatchObject({ status: 400, body: { code: "invalid-request", field: "number" } })
    const none = await gateway.post("/v1/devices/51911000003/pairing-code", { number: "+51" }, { token })
    expect(none).toMatchObject({ status: 400, body: { field: "number" } })
    const linked = await gateway.post("/v1/devices/51911000003/pairing-code", { number: "51911000003" }, { token })
    expect(linked).toMatchObject({ status: 409, body: { code: "command-refused", state: "CONNECTED" } })
  })
})
