/** A link with a passkey as clients of /v1 see it: repeats, the live stream, and who may do what. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Phone } from "../../src/sandbox/people/phone.ts"
import { TestGateway } from "../support/gateway.ts"
import type { CallOptions } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { follow } from "./support/follower.ts"

const USER = "51900000001"

let gateway: TestGateway
let token: string
let numbers = 0

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { DEVICES_PER_USER_MAX: "100" }, network: { prekeyCount: 50 } })
  token = await gateway.user(USER)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

interface Device {
  readonly id: string
  readonly phone: Phone
}

const added = async (): Promise<Device> => {
  const phone = gateway.network.addPhone(`51911${String(++numbers).padStart(6, "0")}`)
  gateway.network.fault({ kind: "passkey", number: phone.number, times: 1 })
  const { body } = await gateway.post("/v1/devices", { number: phone.number }, { token })
  return { id: body.id, phone }
}
const pairingOf = async ({ id }: Device) => (await gateway.get(`/v1/devices/${id}/pairing`, { token })).body
const step = (device: Device, action: string) =>
  until(async () => {
    const pairing = await pairingOf(device)
    return pairing.device.userAction === action && pairing
  }, action)

/** The phone has scanned, and the challenge is there; answers its options. */
const asked = async (device: Device): Promise<unknown> => {
  await gateway.post(`/v1/devices/${device.id}/start`, {}, { token })
  const { qr } = await until(async () => {
    const pairing = await pairingOf(device)
    return pairing.qr && pairing
  }, "a QR")
  await device.phone.scanQr(qr.text)
  return (await step(device, "passkey")).passkey.options
}
const post = ({ id }: Device, path: string, body: unknown, key?: string) => {
  const options: CallOptions = key === undefined ? { token } : { token, headers: { "idempotency-key": key } }
  return gateway.post(`/v1/devices/${id}/${path}`, body, options)
}
const typesOf = async ({ id }: Device) => (await gateway.events(token, id)).map(({ type }) => type)

describe("a link with a passkey", () => {
  it("[OUT-2] repeats with the same key are not carried out again, whatever has become of the link", async () => {
    const device = await added()
    const assertion = device.phone.signPasskey(await asked(device))
    const answers = [await post(device, "passkey", assertion, "a"), await post(device, "passkey", assertion, "a")]
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    await step(device, "confirm_code")
    const confirmed = [await post(device, "passkey/confirm", {}, "b"), await post(device, "passkey/confirm", {}, "b")]
    expect(confirmed.map(({ status }) => status)).toEqual([200, 200])
    await gateway.untilState(token, device.phone.number, "CONNECTED")
    expect((await post(device, "passkey", assertion, "a")).body).toMatchObject({ state: "CONNECTED" })
    const types = await typesOf(device)
    for (const type of ["pairing.passkey_answered", "pairing.passkey_confirmed"])
      expect(types.filter((each) => each === type)).toHaveLength(1)
    expect((await post(device, "passkey", { ...assertion, id: "b3RoZXI" }, "a")).body.code).toBe("key-reused")
  })

  it("is shown on the live stream to those who may link: the challenge, and the code", async () => {
    const device = await added()
    const narrow = { name: "x", scopes: ["read"] }
    const reader = (await gateway.post("/v1/tokens", narrow, { token })).body.token as string
    await using own = await follow(gateway, `?device=${device.id}`, { token })
    await using only = await follow(gateway, "?types=pairing.passkey,pairing.confirm_code", { token })
    await using reading = await follow(gateway, `?device=${device.id}`, { token: reader })
    const options = await asked(device)
    await post(device, "passkey", device.phone.signPasskey(options))
    const { passkey } = await step(device, "confirm_code")
    const expiresAt = expect.stringMatching(/^\d{4}-.*Z$/)
    const frames = [
      { type: "pairing.passkey", device: device.id, options, expiresAt },
      { type: "pairing.confirm_code", device: device.id, code: passkey.code, expiresAt: passkey.expiresAt }
    ]
    await until(() => only.secrets.length >= 2, "both")
    expect(only.secrets).toEqual(frames)
    for (const frame of frames) expect(own.secrets).toContainEqual(frame)
    await post(device, "passkey/confirm", { matches: true })
    await gateway.untilState(token, device.phone.number, "CONNECTED")
    await reading.reach((await gateway.events(token, device.id)).at(-1)?.position ?? 0)
    expect(reading.secrets).toEqual([])
    const written = JSON.stringify(own.events)
    for (const secret of [passkey.code, (options as { challenge: string }).challenge])
      expect(written).not.toContain(secret)
  })

  it("has no step where WhatsApp waits for none", async () => {
    const device = await added()
    const options = await asked(device)
    expect((await post(device, "passkey/confirm", {})).body).toMatchObject({
      code: "passkey-not-asked",
      step: "confirmation"
    })
    await post(device, "passkey", device.phone.signPasskey(options))
    await step(device, "confirm_code")
    const late = await post(device, "passkey", device.phone.signPasskey(options))
    expect([late.status, late.body.code, late.body.step]).toEqual([409, "passkey-not-asked", "assertion"])
    await post(device, "passkey/confirm", {})
    await gateway.untilState(token, device.phone.number, "CONNECTED")
    const none = await gateway.get(`/v1/devices/${device.id}/passkey`, { token })
    expect([none.status, none.body.code]).toEqual([409, "passkey-not-asked"])
  })

  it("is called off when the codes differ: nothing is linked, and the link begins again with a QR", async () => {
    const device = await added()
    await post(device, "passkey", device.phone.signPasskey(await asked(device)))
    await step(device, "confirm_code")
    expect((await post(device, "passkey/confirm", { matches: false })).status).toBe(200)
    const { device: view } = await step(device, "scan_again")
    expect(view).toMatchObject({ state: "QR", paired: false, reason: "passkey_code_differs" })
    expect(device.phone.companions).toEqual([])
  })

  it("ends with a stop: no challenge is left, and the next start begins with a QR", async () => {
    const device = await added()
    await asked(device)
    expect((await post(device, "stop", {})).body).toMatchObject({ state: "NONE", userAction: null })
    expect((await pairingOf(device)).passkey).toBeNull()
    await post(device, "start", {})
    const { qr } = await step(device, "scan")
    await device.phone.scanQr(qr.text)
    await gateway.untilState(token, device.phone.number, "CONNECTED")
  })
})
