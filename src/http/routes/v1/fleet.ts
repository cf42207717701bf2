/** /v1/fleet: all devices at a glance, for a board. */
import { Effect, Schema } from "effect"
import { countFleet, fleetActivity, type FleetDevice, listFleet } from "../../../application/fleet.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { InvalidRequest } from "../../input.ts"
import { After, limitUpTo } from "./fields.ts"
import { DeviceModel, deviceModel, iso } from "./models.ts"

const PAGE_MAX = 500
const PAGE_DEFAULT = 100
const IDS_MAX = 100

const Time = (description: string) => Schema.NullOr(Schema.String).annotate({ description })

const FleetDeviceModel = Schema.Struct({
  ...DeviceModel.fields,
  stateSince: Time("When the device entered its state. Null where that was trimmed from the log."),
  lastMessageAt: Time("Of its last message in any chat. Null where none is known."),
  health: Schema.Literals(["ok", "reachout_lock", "capped", "warned", "restricted", "unknown"]).annotate({
    description:
      "The account's standing in one word; `/v1/devices/:id/health` tells more. `unknown`: the device has not run since the gateway started."
  })
}).annotate({ identifier: "FleetDevice" })

const Fleet = Schema.Struct({
  items: Schema.Array(FleetDeviceModel),
  next: Schema.NullOr(Schema.String).annotate({
    description: "Send it as `after` to get the next page. Null on the last page."
  }),
  counts: Schema.Record(Schema.String, Schema.Int).annotate({
    description: "How many of all devices are in each state. A state without devices has no entry."
  })
}).annotate({ identifier: "Fleet" })

const FleetActivity = Schema.Struct({
  from: Schema.String.annotate({ description: "When the first of the hours began." }),
  items: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      messages: Schema.Array(Schema.Int).annotate({
        description: "Sent and received in each of 24 hours, the oldest first. The last one is not over."
      })
    })
  )
}).annotate({ identifier: "FleetActivity" })

const fleetModel = ({ device, stateSince, lastMessageAt, health }: FleetDevice): typeof FleetDeviceModel.Encoded => ({
  ...deviceModel(device),
  stateSince: iso(stateSince),
  lastMessageAt: iso(lastMessageAt),
  health
})

export const fleetRoutes: readonly Route[] = [
  route({
    id: "getFleet",
    method: "GET",
    path: "/v1/fleet",
    tag: "Devices",
    summary: "Get all devices at a glance, and how many are in each state",
    access: { for: "principal", scope: "read" },
    query: Schema.Struct({
      after: After,
      limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT),
      devices: Schema.optionalKey(
        Schema.String.annotate({
          description: `Only these devices, comma-separated: at most ${IDS_MAX}. Those that do not exist are left out.`
        })
      )
    }),
    answers: { 200: json("A page of devices, oldest first, and the counts of all.", Fleet) },
    examples: [{ query: { limit: "10" }, status: 200 }],
    handle: ({ principal, query: { after = 0, limit = PAGE_DEFAULT, devices: named } }) =>
      Effect.gen(function* () {
        const ids = named === undefined ? undefined : yield* idsIn(named)
        const { devices, hasMore } = yield* listFleet(principal, { after, limit, ids })
        const next = hasMore ? String(devices.at(-1)?.device.deviceNumber) : null
        return answer(200, { items: devices.map(fleetModel), next, counts: yield* countFleet(principal) })
      })
  }),
  route({
    id: "getFleetActivity",
    method: "GET",
    path: "/v1/fleet/activity",
    tag: "Devices",
    summary: "Get how many messages devices had in each hour of the last day",
    access: { for: "principal", scope: "read" },
    query: Schema.Struct({
      devices: Schema.String.annotate({ description: `Comma-separated: at most ${IDS_MAX}.` })
    }),
    answers: { 200: json("The devices that exist.", FleetActivity) },
    examples: [{ query: { devices: EXAMPLE.device }, status: 200 }],
    handle: ({ principal, query }) =>
      Effect.gen(function* () {
        const { from, devices } = yield* fleetActivity(principal, yield* idsIn(query.devices))
        return answer(200, { from: new Date(from).toISOString(), items: devices })
      })
  })
]

const idsIn = (list: string): Effect.Effect<readonly string[], InvalidRequest> => {
  const ids = list.split(",").filter((id) => id !== "")
  return ids.length > IDS_MAX
    ? new InvalidRequest({ field: "devices", reason: `must name at most ${IDS_MAX}` })
    : Effect.succeed(ids)
}
