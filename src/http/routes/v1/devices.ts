/** /v1/devices: devices and what can be asked of their connections. */
import { Effect, Schema } from "effect"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import type { DeviceCommand } from "../../../actors/device/decide.ts"
import { DeviceDirectory } from "../../../actors/directory.ts"
import { DeviceId } from "../../../events/ids.ts"
import { CommandLog } from "../../../store/command-log.ts"
import { type DeviceRow, Devices } from "../../../store/devices.ts"
import { isNumber } from "../../../whatsapp/number.ts"
import type { Principal } from "../../access/accounts.ts"
import { authenticate } from "../../access/authentication.ts"
import { deviceByReference, visibleTo } from "../../device-access.ts"
import { addDevice } from "../../device-registration.ts"
import { viewDevice } from "../../live-device.ts"
import { type HttpContext, originOf } from "../../runtime.ts"
import { type Asked, onceForKey } from "./idempotency-key.ts"
import { After, InvalidRequest, limitUpTo, read } from "./input.ts"
import { deviceBody } from "./representations.ts"

const PAGE_MAX = 500
const PAGE_DEFAULT = 100

const ListQuery = Schema.Struct({ after: After, limit: limitUpTo(PAGE_MAX) })

const NewDevice = Schema.Struct({
  number: Schema.optionalKey(Schema.String),
  sessionId: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[\w-]{1,64}$/))),
  name: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(255)))
})

const StartBody = Schema.Struct({ takeOver: Schema.optionalKey(Schema.Boolean) })
/** An empty Struct would take anything. */
const NoBody = Schema.Record(Schema.String, Schema.Never)

type Asker = "user" | "operator"
type Params = { readonly id: string }
type Outcome = { readonly row: DeviceRow; readonly status: number }

/** Path → body's schema and the command that it becomes. */
const commands = {
  start: {
    body: StartBody,
    of: (by: Asker, { takeOver }: typeof StartBody.Type): DeviceCommand =>
      takeOver === undefined ? { type: "RequestConnection", by } : { type: "RequestConnection", by, takeOver }
  },
  stop: { body: NoBody, of: (by: Asker): DeviceCommand => ({ type: "CloseConnection", by }) },
  restart: { body: NoBody, of: (by: Asker): DeviceCommand => ({ type: "RestartConnection", by }) },
  logout: { body: NoBody, of: (by: Asker): DeviceCommand => ({ type: "LogOut", by }) },
  reset: { body: NoBody, of: (by: Asker): DeviceCommand => ({ type: "Reset", by }) }
} as const

export const deviceRoutes = (app: FastifyInstance, context: HttpContext): void => {
  const { run, authentication, settings } = context
  const principalOf = (request: FastifyRequest) => run(authenticate(request, authentication))

  app.get("/devices", async (request) => {
    const principal = await principalOf(request)
    const { after = 0, limit = PAGE_DEFAULT } = read(ListQuery, request.query)
    return run(
      Effect.gen(function* () {
        const devices = yield* Devices
        const rows = yield* devices.list(visibleTo(principal), after, limit + 1)
        const page = rows.slice(0, limit)
        const items = (yield* Effect.forEach(page, viewDevice)).map(deviceBody)
        return { items, next: rows.length > limit ? String(page.at(-1)?.number_id) : null }
      })
    )
  })

  app.post("/devices", async (request, reply) => {
    const principal = await principalOf(request)
    const { number = null, sessionId = null, name = null } = read(NewDevice, request.body)
    if (number !== null && !isNumber(number)) {
      throw new InvalidRequest({ field: "number", reason: "must be 8 to 15 digits with country code, without plus" })
    }
    if (number === null && sessionId === null) {
      throw new InvalidRequest({ field: "number", reason: "is needed, or a sessionId" })
    }
    const origin = originOf(request, principal)
    const added = Effect.map(addDevice(principal, { number, sessionId, name }, settings, origin), ({ row, isNew }) => ({
      row,
      status: isNew ? 201 : 200
    }))
    const { row, status } = await run(onceForDevice({ request, principal, body: request.body }, added))
    const view = await run(viewDevice(row))
    return reply.code(status).header("location", `/v1/devices/${row.device_id}`).send(deviceBody(view))
  })

  app.get<{ Params: Params }>("/devices/:id", async (request) => {
    const principal = await principalOf(request)
    const found = deviceByReference(principal, request.params.id, { withRemoved: true })
    return deviceBody(await run(Effect.flatMap(found, viewDevice)))
  })

  app.delete<{ Params: Params }>("/devices/:id", async (request, reply) => {
    const principal = await principalOf(request)
    await run(ask(request, principal, (by) => ({ type: "Remove", by })))
    return reply.code(204).send()
  })

  for (const [path, { body, of }] of Object.entries(commands)) {
    app.post<{ Params: Params }>(
      `/devices/:id/${path}`,
      async (request: FastifyRequest<{ Params: Params }>, _reply: FastifyReply) => {
        const principal = await principalOf(request)
        const given = read(body as typeof StartBody, request.body)
        const asked = Effect.map(
          ask(request, principal, (by) => of(by, given)),
          (row) => ({ row, status: 200 })
        )
        const { row } = await run(onceForDevice({ request, principal, body: request.body }, asked))
        return deviceBody(await run(viewDevice(row)))
      }
    )
  }

  /** Does the command once for the request's key, and answers the device as it is now. */
  const onceForDevice = <E, R>(asked: Asked, command: Effect.Effect<Outcome, E, R>) =>
    onceForKey(
      context,
      asked,
      (claim) =>
        Effect.tap(command, ({ row, status }) =>
          claim ? Effect.flatMap(CommandLog, (commands) => commands.record(claim(row.device_id, status))) : Effect.void
        ),
      (deviceId, status) =>
        Effect.map(
          deviceByReference(asked.principal, deviceId, { withRemoved: true }),
          (row): Outcome => ({ row, status: status ?? 200 })
        )
    )

  /** Sends the command and answers the device's row after it. */
  const ask = (
    request: FastifyRequest<{ Params: Params }>,
    principal: Principal,
    commandBy: (by: Asker) => DeviceCommand
  ) =>
    Effect.gen(function* () {
      const row = yield* deviceByReference(principal, request.params.id)
      const directory = yield* DeviceDirectory
      yield* directory.ask(DeviceId.make(row.device_id), commandBy(principal.kind), originOf(request, principal))
      const devices = yield* Devices
      return (yield* devices.byNumberId(row.number_id)) ?? row
    })
}
