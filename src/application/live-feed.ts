/**
 * What a principal may follow: the events of its devices in the order of the log, and QRs and pairing codes as they come. A feed is
 * a stream of pages; whoever writes them to a client decides how fast they are pulled. Keeps WS-1.
 */
import { Effect, Stream } from "effect"
import { DeviceDirectory } from "../actors/directory.ts"
import type { RecordedEvent } from "../events/envelope.ts"
import { type Device, Devices } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import type { PageRequest } from "../store/log/event-log-queries.ts"
import { readableAfter } from "../store/log/log-start.ts"
import { findDevice, reaches, visibleTo } from "./device-access.ts"
import type { Principal } from "./principal.ts"

export interface Following {
  readonly principal: Principal
  /** Events after this position. */
  readonly after: number
  /** One device; undefined follows all that the principal may see. */
  readonly device: Device | undefined
  /** Event types, and `secretTypes`; undefined follows all. */
  readonly types: readonly string[] | undefined
}

/** A QR or a pairing code, which the log does not hold. */
export interface SecretFrame {
  readonly type: (typeof secretTypes)[number]
  readonly device: string
  readonly text: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export const secretTypes = ["pairing.qr", "pairing.code"] as const

/** What the client may follow from where it asks. Without `after`, only what happens from now on. */
export const startFollowing = (
  principal: Principal,
  {
    after,
    device,
    types
  }: { after?: number | undefined; device?: string | undefined; types?: readonly string[] | undefined }
) =>
  Effect.gen(function* () {
    const found = device === undefined ? undefined : yield* findDevice(principal, device, { withRemoved: true })
    const log = yield* EventLog
    const from = after === undefined ? log.end() : yield* readableAfter(after)
    return { principal, after: from, device: found, types } satisfies Following
  })

/** Pages of at most `pageMax` events, without end: what was recorded first, then what happens. */
export const followedEvents = (
  following: Following,
  pageMax: number
): Stream.Stream<readonly RecordedEvent[], StoreUnavailable, EventLog | Devices> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const log = yield* EventLog
      const devices = yield* Devices
      const { principal, types, device, after } = following
      const typed = types === undefined ? {} : { types }
      if (device !== undefined) return log.follow(after, { devices: [device.deviceNumber], ...typed }, pageMax)
      const seesAll = visibleTo(principal) === "all" && principal.devices === null
      if (seesAll) return log.follow(after, typed, pageMax)
      // What is recorded up to here is read along the indexes of the principal's devices; after that it may get new ones.
      const end = log.end()
      const own = new Set(yield* ownNumbers(devices, principal))
      const past = pages(log, { after, upTo: end, devices: [...own], ...typed, limit: pageMax })
      const live = log.follow(Math.max(end, after), {}, pageMax).pipe(
        Stream.map((page) =>
          page.filter((event) => isOwn(event, own, principal) && (types?.includes(event.type) ?? true))
        ),
        Stream.filter((page) => page.length > 0)
      )
      return Stream.concat(past, live)
    })
  )

/** Device numbers of what the principal has or had. */
const ownNumbers = (devices: Devices["Service"], principal: Principal) =>
  Effect.gen(function* () {
    const owner = visibleTo(principal)
    if (principal.devices === null) return owner === "all" ? [] : yield* devices.numbersOf(owner)
    const found = yield* Effect.forEach(principal.devices, (id) => devices.byId(id))
    return found.flatMap((device) => (device && reaches(principal, device) ? [device.deviceNumber] : []))
  })

const pages = (
  log: EventLog["Service"],
  request: PageRequest
): Stream.Stream<readonly RecordedEvent[], StoreUnavailable> =>
  Stream.unfold(request.after, (after: number) =>
    // Reading the embedded store gives no other work a turn.
    Effect.yieldNow.pipe(
      Effect.andThen(log.readAll({ ...request, after })),
      Effect.map((page) => {
        const last = page.at(-1)
        return last && ([page, last.position] as const)
      })
    )
  )

/** Takes note of devices that the user adds while following. */
const isOwn = (event: RecordedEvent, own: Set<number>, principal: Principal): boolean => {
  if (event.device === null) return false
  if (principal.devices === null && event.type === "device.registered" && event.text !== null) {
    const { owner: registrant } = JSON.parse(event.text) as { owner: { number?: number } }
    if (registrant.number === visibleTo(principal)) own.add(event.device)
  }
  return own.has(event.device)
}

/** QRs and codes of the devices that are followed, as they come. */
export const followedSecrets = ({
  principal,
  device,
  types
}: Following): Stream.Stream<SecretFrame, StoreUnavailable, Devices | DeviceDirectory> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const directory = yield* DeviceDirectory
      const devices = yield* Devices
      return directory.watch.pipe(
        Stream.mapEffect(({ id }) =>
          Effect.gen(function* () {
            const shown = yield* devices.byId(id)
            if (!shown || !reaches(principal, shown) || (device !== undefined && device.id !== id)) return []
            const live = yield* directory.view(id)
            const frames: SecretFrame[] = []
            if (live?.qr) frames.push({ type: "pairing.qr", device: id, ...live.qr })
            if (live?.code) frames.push({ type: "pairing.code", device: id, ...live.code })
            return frames.filter(({ type }) => types?.includes(type) ?? true)
          })
        ),
        Stream.flatMap((frames) => Stream.fromIterable(frames))
      )
    })
  )
