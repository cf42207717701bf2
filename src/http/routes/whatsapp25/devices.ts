/** Devices: add, list, show the QR and the state, disconnect. */
import { Effect } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import QRCode from "qrcode"
import { DeviceDirectory } from "../../../actors/directory.ts"
import { DeviceId } from "../../../events/ids.ts"
import { Devices, type OwnerFilter } from "../../../store/devices.ts"
import { authenticate, authenticateUser, operatorKeyOf } from "../../access/authentication.ts"
import { deviceByNumber, visibleTo } from "../../device-access.ts"
import { addDevice } from "../../device-registration.ts"
import { type DeviceView, viewDevice } from "../../live-device.ts"
import { type HttpContext, originOf } from "../../runtime.ts"
import { missingData, Refusal, unknownDevice } from "./answers.ts"
import { bodyOf, requiredNumber, requiredText, validNumber } from "./body.ts"
import { reasonWord, stateWord } from "./words.ts"

/** More devices than one page answers: the list of this dialect has no pages. */
const LIST_MAX = 10_000

export const deviceRoutes = (app: FastifyInstance, context: HttpContext): void => {
  const { run, authentication, settings } = context
  const userOf = (request: FastifyRequest) => run(authenticateUser(request, authentication))

  app.post("/api/add-device", async (request) => {
    const user = await userOf(request)
    const body = bodyOf(request.body)
    const given = requiredNumber(body, "numero")
    const name = requiredText(body, "nombre")
    const numero = validNumber(given)
    const origin = originOf(request, user)
    const wish = { number: numero, sessionId: null, name: name.slice(0, 255) }
    await run(
      Effect.gen(function* () {
        const { row, isNew } = yield* addDevice(user, wish, settings, origin)
        const isAtRest = row.state === "NONE" || row.state === "ERROR"
        if (!isNew && !isAtRest) return
        const directory = yield* DeviceDirectory
        yield* directory.ask(DeviceId.make(row.device_id), { type: "RequestConnection", by: "user" }, origin)
      })
    )
    return { message: "Dispositivo agregado correctamente", numero }
  })

  app.get("/api/connections", async (request) => {
    const principal = await run(authenticate(request, authentication))
    const { format } = request.query as { format?: string }
    const isSummary = format === undefined ? operatorKeyOf(request) !== undefined : format === "summary"
    const views = await run(viewAll(visibleTo(principal)))
    return isSummary ? summary(views) : views.map(listEntry)
  })

  app.get("/api/qr", async (request) => {
    const { view, numero } = await viewOwn(request)
    if (!view) throw unknownDevice()
    if (view.qr === null) throw new Refusal(404, "QR no disponible", { state: stateWord(view) })
    return { qr: await QRCode.toDataURL(view.qr), numero }
  })

  app.get("/api/status", async (request) => {
    const { view, numero } = await viewOwn(request)
    if (!view) {
      return { ready: false, hasQr: false, state: "NONE", numero, connectedAt: null, disconnectedAt: null }
    }
    const trouble = view.state === "ERROR" && {
      reason: reasonWord(view.row.reason),
      userAction: view.row.user_action
    }
    return {
      ready: view.isReady,
      hasQr: view.qr !== null,
      state: stateWord(view),
      numero,
      connectedAt: view.row.connected_at,
      disconnectedAt: view.row.disconnected_at,
      ...trouble
    }
  })

  app.post("/api/disconnect", async (request) => {
    const user = await userOf(request)
    const numero = validNumber(requiredNumber(bodyOf(request.body), "numero"))
    await run(
      Effect.gen(function* () {
        const row = yield* deviceByNumber(user, numero)
        const directory = yield* DeviceDirectory
        const command = { type: "CloseConnection" as const, by: "user" as const }
        yield* directory.ask(DeviceId.make(row.device_id), command, originOf(request, user))
      })
    )
    return { message: `Dispositivo ${numero} desconectado correctamente` }
  })

  /** The device that `?numero=` names; undefined for a number that the user never added. */
  const viewOwn = async (request: FastifyRequest) => {
    const user = await userOf(request)
    const { numero: given } = request.query as { numero?: unknown }
    if (typeof given !== "string" || given === "") throw missingData()
    const numero = validNumber(given)
    const view = await run(
      deviceByNumber(user, numero).pipe(
        Effect.flatMap(viewDevice),
        Effect.catchTag("DeviceNotFound", () => Effect.succeed(undefined))
      )
    )
    return { view, numero }
  }
}

export const viewAll = (owner: OwnerFilter) =>
  Effect.gen(function* () {
    const devices = yield* Devices
    return yield* Effect.forEach(yield* devices.list(owner, 0, LIST_MAX), viewDevice)
  })

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

const listEntry = (view: DeviceView) => {
  const { row, isReady, qr } = view
  return {
    id: row.number_id,
    numero: row.number,
    nombre: row.name,
    estado: isReady ? "conectado" : "desconectado",
    instancia_id: row.instance_id,
    fecha_conexion: iso(row.connected_at),
    fecha_desconexion: iso(row.disconnected_at),
    ready: isReady,
    hasQr: qr !== null,
    state: stateWord(view)
  }
}

/** The operator's view of everything. Two users may have added one number: the one in use stands plain. */
const summary = (views: readonly DeviceView[]) => {
  const inOrder = views.filter(({ row }) => row.number !== null).toSorted(connectedThenNewer)
  const connections: Record<string, unknown> = {}
  for (const view of inOrder) {
    const { row } = view
    const plain = row.number ?? ""
    const name = plain in connections ? `${plain}@${row.owner}` : plain
    connections[name] = {
      ready: view.isReady,
      state: stateWord(view),
      hasQr: view.qr !== null,
      connectedAt: row.connected_at,
      disconnectedAt: row.disconnected_at,
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
  Number(b.isReady) - Number(a.isReady) ||
  b.row.registered_at - a.row.registered_at ||
  b.row.number_id - a.row.number_id
