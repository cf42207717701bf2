/** /v1/devices: devices, and commands to their connections. */
import { Effect, Schema } from "effect"
import { addDevice, type DeviceOrder, listDevices, orderDevice } from "../../../application/devices.ts"
import { findDevice } from "../../../application/device-access.ts"
import { viewDevice } from "../../../application/device-view.ts"
import { askFailures } from "../../ask-failures.ts"
import { answer, json, nothing, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { InvalidRequest } from "../../input.ts"
import { After, DeviceParams, limitUpTo, NoFields, PhoneNumber } from "./fields.ts"
import { DeviceModel, deviceModel, pageOf } from "./models.ts"

const tag = "Devices"
const PAGE_MAX = 500
const PAGE_DEFAULT = 100
const id = EXAMPLE.number

const NewDevice = Schema.Struct({
  number: Schema.optionalKey(PhoneNumber),
  sessionId: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[\w-]{1,64}$/))),
  name: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(255)))
})

/** The commands without fields: the path after `/devices/:id/`, the order, and the summary. */
const orders: readonly (readonly [path: string, type: DeviceOrder["type"], summary: string])[] = [
  ["stop", "Close", "Stop a device: close its connection and keep its link"],
  ["restart", "Restart", "Restart a device's connection"],
  ["logout", "LogOut", "Log a device out at WhatsApp and delete its credentials"],
  ["reset", "Reset", "Log a device out and start to pair it again"]
]

const order = (path: string, type: DeviceOrder["type"], summary: string): Route =>
  route({
    id: `${path}Device`,
    method: "POST",
    path: `/v1/devices/:id/${path}`,
    tag,
    summary,
    access: { for: "principal", scope: "manage" },
    params: DeviceParams,
    body: NoFields,
    answers: { 200: json("The device after the command.", DeviceModel) },
    failures: askFailures,
    examples: [{ params: { id }, body: {}, status: 200 }],
    handle: ({ principal, params, origin, key }) =>
      Effect.map(orderDevice(principal, params.id, { type }, origin, key), (device) => answer(200, deviceModel(device)))
  })

export const deviceRoutes: readonly Route[] = [
  route({
    id: "listDevices",
    method: "GET",
    path: "/v1/devices",
    tag,
    summary: "List devices",
    access: { for: "principal", scope: "read" },
    query: Schema.Struct({ after: After, limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT) }),
    answers: { 200: json("A page of devices, oldest first.", pageOf(DeviceModel)) },
    examples: [{ query: { limit: "10" }, status: 200 }],
    handle: ({ principal, query: { after = 0, limit = PAGE_DEFAULT } }) =>
      Effect.map(listDevices(principal, { after, limit }), ({ devices, hasMore }) =>
        answer(200, { items: devices.map(deviceModel), next: hasMore ? String(devices.at(-1)?.deviceNumber) : null })
      )
  }),
  route({
    id: "addDevice",
    method: "POST",
    path: "/v1/devices",
    tag,
    summary: "Add a device",
    description:
      "The device stays in NONE until you start it. If you added the same device before, the response is 200 with the existing device.",
    access: { for: "principal", scope: "manage" },
    body: NewDevice,
    answers: { 201: json("The new device.", DeviceModel), 200: json("The existing device.", DeviceModel) },
    failures: [...askFailures, "TooManyDevices", "TooManyNewDevices", "DeviceExists", "DeviceSetFixed"],
    examples: [{ body: { number: "51911111111", name: "Caja 2" }, status: 201 }],
    handle: ({ principal, body, origin, key }) =>
      Effect.gen(function* () {
        const { number = null, sessionId = null, name = null } = body
        if (number === null && sessionId === null) {
          return yield* new InvalidRequest({
            field: "number",
            reason: "is required, or else sessionId; send at least one of them"
          })
        }
        const { device, isNew } = yield* addDevice(principal, { number, sessionId, name }, origin, key)
        const view = yield* viewDevice(device)
        const headers = { location: `/v1/devices/${device.id}` }
        return answer(isNew ? 201 : 200, deviceModel(view), headers)
      })
  }),
  route({
    id: "getDevice",
    method: "GET",
    path: "/v1/devices/:id",
    tag,
    summary: "Get a device",
    description: "Finds a removed device by its id.",
    access: { for: "principal", scope: "read" },
    params: DeviceParams,
    answers: { 200: json("The device.", DeviceModel) },
    failures: ["DeviceNotFound"],
    examples: [{ params: { id }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.gen(function* () {
        const device = yield* findDevice(principal, params.id, { withRemoved: true })
        return answer(200, deviceModel(yield* viewDevice(device)))
      })
  }),
  route({
    id: "startDevice",
    method: "POST",
    path: "/v1/devices/:id/start",
    tag,
    summary: "Start a device: connect it, or show a QR if it is not linked",
    access: { for: "principal", scope: "manage" },
    params: DeviceParams,
    body: Schema.Struct({
      takeOver: Schema.optionalKey(
        Schema.Boolean.annotate({ description: "Take the connection back from the client that replaced it." })
      )
    }),
    answers: { 200: json("The device after the command.", DeviceModel) },
    failures: askFailures,
    examples: [{ params: { id }, body: {}, status: 200 }],
    handle: ({ principal, params, body, origin, key }) =>
      Effect.map(orderDevice(principal, params.id, { type: "Connect", ...body }, origin, key), (device) =>
        answer(200, deviceModel(device))
      )
  }),
  ...orders.map(([path, type, summary]) => order(path, type, summary)),
  route({
    id: "removeDevice",
    method: "DELETE",
    path: "/v1/devices/:id",
    tag,
    summary: "Remove a device",
    description:
      "Logs the device out at WhatsApp, gives up its queued messages and deletes its credentials. Its history stays.",
    access: { for: "principal", scope: "manage" },
    params: DeviceParams,
    answers: { 204: nothing("The device was removed.") },
    failures: askFailures,
    examples: [{ params: { id }, status: 204 }],
    handle: ({ principal, params, origin }) =>
      Effect.as(orderDevice(principal, params.id, { type: "Remove" }, origin), answer(204))
  })
]
