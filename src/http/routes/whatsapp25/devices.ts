/** Devices: adds and lists them, shows the QR and the state, disconnects. */
import { Effect, Schema } from "effect"
import QRCode from "qrcode"
import { ownDevice } from "../../../application/device-access.ts"
import { type DeviceView, viewDevice } from "../../../application/device-view.ts"
import { addAndConnect, listDevices, orderDevice } from "../../../application/devices.ts"
import type { User } from "../../../application/principal.ts"
import { askFailures } from "../../ask-failures.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { operatorKeyOf } from "../../credentials.ts"
import { Refusal } from "./answers.ts"
import { PhoneNumber, Text } from "./fields.ts"
import { reasonWord, stateWord } from "./words.ts"

const tag = "WHATSAPP25"
/** This dialect's list has no pages. */
export const LIST_MAX = 10_000
const numero = EXAMPLE.number

const Time = Schema.NullOr(Schema.Int).annotate({ description: "Epoch milliseconds." })
const IsoTime = Schema.NullOr(Schema.String)
const Numero = Schema.Struct({ numero: PhoneNumber })

const ListEntry = Schema.Struct({
  id: Schema.Int,
  numero: Schema.NullOr(Schema.String),
  nombre: Schema.NullOr(Schema.String),
  estado: Schema.Literals(["conectado", "desconectado"]),
  instancia_id: Schema.NullOr(Schema.String),
  fecha_conexion: IsoTime,
  fecha_desconexion: IsoTime,
  ready: Schema.Boolean,
  hasQr: Schema.Boolean,
  state: Schema.String
})

const Summary = Schema.Struct({
  totalClients: Schema.Int,
  connectedClients: Schema.Int,
  connections: Schema.Record(
    Schema.String,
    Schema.Struct({
      ready: Schema.Boolean,
      state: Schema.String,
      hasQr: Schema.Boolean,
      connectedAt: Time,
      disconnectedAt: Time,
      lastSeen: Time
    })
  )
})

const Status = Schema.Struct({
  ready: Schema.Boolean,
  hasQr: Schema.Boolean,
  state: Schema.String,
  numero: Schema.String,
  connectedAt: Time,
  disconnectedAt: Time,
  reason: Schema.optionalKey(Schema.NullOr(Schema.String)),
  userAction: Schema.optionalKey(Schema.NullOr(Schema.String))
})

export const deviceRoutes: readonly Route[] = [
  route({
    id: "agregarDispositivo",
    method: "POST",
    path: "/api/add-device",
    tag,
    summary: "Add a device and connect it",
    description: "An existing device is connected if it is at rest.",
    access: { for: "user", scope: "manage" },
    body: Schema.Struct({ numero: PhoneNumber, nombre: Text }),
    answers: { 200: json("The device was added.", Schema.Struct({ message: Schema.String, numero: Schema.String })) },
    failures: [...askFailures, "TooManyDevices", "TooManyNewDevices", "DeviceExists", "DeviceSetFixed"],
    examples: [{ body: { numero: "51911111112", nombre: "Caja 3" }, status: 200 }],
    handle: ({ principal, body: { numero, nombre }, origin, key }) => {
      const wanted = { number: numero, sessionId: null, name: nombre.slice(0, 255) }
      return Effect.as(
        addAndConnect(principal, wanted, origin, key),
        answer(200, { message: "Dispositivo agregado correctamente", numero })
      )
    }
  }),
  route({
    id: "conexiones",
    method: "GET",
    path: "/api/connections",
    tag,
    summary: "List devices",
    description:
      "Returns a list of the user's devices; with the operator's `X-API-Key` a summary of all devices. `format=list` or `format=summary` chooses.",
    access: { for: "principal", scope: "read" },
    query: Schema.Struct({ format: Schema.optionalKey(Schema.Unknown) }),
    answers: { 200: json("The devices.", Schema.Union([Schema.Array(ListEntry), Summary])) },
    examples: [{ status: 200 }, { query: { format: "summary" }, status: 200 }],
    handle: ({ principal, query: { format }, raw }) =>
      Effect.gen(function* () {
        const isSummary = format === undefined ? operatorKeyOf(raw) !== undefined : format === "summary"
        const { devices } = yield* listDevices(principal, { after: 0, limit: LIST_MAX })
        return answer(200, isSummary ? summary(devices) : devices.map(listEntry))
      })
  }),
  route({
    id: "qr",
    method: "GET",
    path: "/api/qr",
    tag,
    summary: "Get a device's QR as a PNG data URL",
    access: { for: "user", scope: "manage" },
    query: Numero,
    answers: { 200: json("The QR.", Schema.Struct({ qr: Schema.String, numero: Schema.String })) },
    failures: ["Refusal"],
    examples: [{ query: { numero }, status: 200 }],
    handle: ({ principal, query: { numero } }) =>
      Effect.gen(function* () {
        const view = yield* ownView(principal, numero)
        if (!view) return yield* Effect.fail(new Refusal(404, "Dispositivo no encontrado"))
        const { qr } = view
        if (qr === null) return yield* Effect.fail(new Refusal(404, "QR no disponible", { state: stateWord(view) }))
        return answer(200, { qr: yield* Effect.promise(() => QRCode.toDataURL(qr)), numero })
      })
  }),
  route({
    id: "estado",
    method: "GET",
    path: "/api/status",
    tag,
    summary: "Get a device's state",
    description: "The state of a number that was never added is NONE.",
    access: { for: "user", scope: "read" },
    query: Numero,
    answers: { 200: json("The state.", Status) },
    examples: [{ query: { numero }, status: 200 }],
    handle: ({ principal, query: { numero } }) =>
      Effect.map(ownView(principal, numero), (view) => answer(200, statusOf(view, numero)))
  }),
  route({
    id: "desconectar",
    method: "POST",
    path: "/api/disconnect",
    tag,
    summary: "Disconnect a device",
    description: "The device stays linked, and stays disconnected until a client connects it.",
    access: { for: "user", scope: "manage" },
    body: Numero,
    answers: { 200: json("The device was disconnected.", Schema.Struct({ message: Schema.String })) },
    failures: askFailures,
    examples: [{ body: { numero }, status: 200 }],
    handle: ({ principal, body: { numero }, origin, key }) =>
      Effect.as(
        orderDevice(principal, numero, { type: "Close" }, origin, key),
        answer(200, { message: `Dispositivo ${numero} desconectado correctamente` })
      )
  })
]

/** The user's device with this number; undefined when the user never added it. */
const ownView = (user: User, number: string) =>
  Effect.flatMap(ownDevice(user, number), (device) => (device ? viewDevice(device) : Effect.succeed(undefined)))

const statusOf = (view: DeviceView | undefined, number: string): typeof Status.Encoded => {
  if (!view) {
    return { ready: false, hasQr: false, state: "NONE", numero: number, connectedAt: null, disconnectedAt: null }
  }
  const trouble = view.state === "ERROR" && { reason: reasonWord(view.reason), userAction: view.userAction }
  return {
    ready: view.isReady,
    hasQr: view.qr !== null,
    state: stateWord(view),
    numero: number,
    connectedAt: view.connectedAt,
    disconnectedAt: view.disconnectedAt,
    ...trouble
  }
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

const listEntry = (view: DeviceView): typeof ListEntry.Encoded => ({
  id: view.deviceNumber,
  numero: view.number,
  nombre: view.name,
  estado: view.isReady ? "conectado" : "desconectado",
  instancia_id: view.instanceId,
  fecha_conexion: iso(view.connectedAt),
  fecha_desconexion: iso(view.disconnectedAt),
  ready: view.isReady,
  hasQr: view.qr !== null,
  state: stateWord(view)
})

/** For the operator: all devices. When two users have added one number, the device in use gets the plain number as its name. */
const summary = (views: readonly DeviceView[]): typeof Summary.Encoded => {
  const inOrder = views.filter(({ number }) => number !== null).toSorted(connectedThenNewer)
  const connections: Record<string, (typeof Summary.Encoded)["connections"][string]> = {}
  for (const view of inOrder) {
    const plain = view.number ?? ""
    const name = plain in connections ? `${plain}@${view.owner}` : plain
    connections[name] = {
      ready: view.isReady,
      state: stateWord(view),
      hasQr: view.qr !== null,
      connectedAt: view.connectedAt,
      disconnectedAt: view.disconnectedAt,
      lastSeen: view.lastSeen
    }
  }
  return {
    totalClients: inOrder.length,
    connectedClients: inOrder.filter(({ isReady }) => isReady).length,
    connections
  }
}

const connectedThenNewer = (a: DeviceView, b: DeviceView): number =>
  Number(b.isReady) - Number(a.isReady) || b.registeredAt - a.registeredAt || b.deviceNumber - a.deviceNumber
