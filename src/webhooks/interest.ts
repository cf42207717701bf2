/** Which events an endpoint gets. */
import { Effect } from "effect"
import { Devices, OPERATOR } from "../store/devices.ts"
import type { Interest } from "../store/subscriptions/follower.ts"
import type { Webhook } from "../store/webhook/webhook.ts"
import type { Format } from "./formats/format.ts"

/**
 * The operator's endpoints in this gateway's own format get what the operator's streams get: everything. Other formats know sessions,
 * which are devices of one owner.
 */
export const interestOf = ({ owner, devices, types }: Webhook, format: Format) =>
  Effect.gen(function* () {
    const store = yield* Devices
    const wanted =
      types === null || format.types === undefined
        ? (types ?? format.types)
        : types.filter((type) => (format.types as readonly string[]).includes(type))
    const found = devices === null ? undefined : yield* Effect.forEach(devices, (id) => store.byId(id))
    const isEverything = owner === OPERATOR && (!format.isOfOwner || devices !== null)
    return {
      ...(isEverything ? {} : { owner }),
      ...(found === undefined ? {} : { devices: found.flatMap((device) => device?.deviceNumber ?? []) }),
      ...(wanted === undefined ? {} : { types: wanted })
    } satisfies Interest
  })

/** What happens to an endpoint is not told to itself: a delivery that is parked would lead to the next one. */
export const isAboutItself = (
  { type, stream }: { readonly type: string; readonly stream: string },
  id: string
): boolean => type.startsWith("webhook.") && stream === `webhook/${id}`
