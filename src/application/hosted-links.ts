/**
 * Hosted links: an address that lets the owner of a phone link it to one device, without an account here.
 *
 * The ticket in the address opens the link once. What opens it is a click on the page, not the visit: programs that fetch every address in a
 * message (previews, virus scanners) would use it up. Opening gives the browser a session of its own, because the page has to survive being
 * loaded again: on a phone its owner leaves it for WhatsApp and comes back. A later visitor finds it used. The browser
 * that holds the session acts for the client that gave the link, on this device only, and only until it is linked.
 */
import { hash, randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer, Schema } from "effect"
import type { Origin } from "../events/envelope.ts"
import type { DeviceId } from "../events/ids.ts"
import { type CommandKey, CommandLog } from "../store/command-log.ts"
import type { Device } from "../store/devices.ts"
import { elapsedMs } from "../store/elapsed.ts"
import { Secrets } from "../store/secrets/secrets.ts"
import type { Tokens } from "../store/tokens.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { CommandRefused } from "../actors/device/answers.ts"
import { findDevice } from "./device-access.ts"
import { once, type RequestKey } from "./idempotency.ts"
import { nameOf, type Principal } from "./principal.ts"
import { isStillValid } from "./tokens.ts"

/** Rejection: the link is unknown, withdrawn, expired, or opened by another browser. */
export class LinkInvalid extends Schema.TaggedError<LinkInvalid>()("LinkInvalid", {}) {
  override get message(): string {
    return "this link is not valid any more; ask for a new one"
  }
}

/** How long a link can be opened, by default. */
export const LINK_MS = 3_600_000
/** An opened link is good for at least so long. */
const SESSION_MS = 900_000
const LINKS_EACH_MAX = 1_000
const TICKET_BYTES = 24

export interface IssuedLink {
  readonly ticket: string
  /** Until when it can be opened, epoch milliseconds. */
  readonly expiresAt: number
}

/** A link that a browser has opened. */
export interface OpenLink {
  readonly principal: Principal
  readonly device: DeviceId
  /** The request that made the link: what is done with it is correlated with that. */
  readonly correlation: string | null
  /** How much longer it is good for. */
  readonly endsInMs: number
  /** The device was linked with it: it shows that, and does nothing more. */
  readonly isDone: boolean
}

interface Entry {
  readonly principal: Principal
  readonly device: DeviceId
  readonly correlation: string | null
  /** Elapsed milliseconds. */
  until: number
  /** Of the browser that has opened it. */
  session: string | undefined
  isDone: boolean
}

export interface HostedLinksShape {
  /** A new link for a device ends the one before. */
  readonly issue: (
    principal: Principal,
    device: Device,
    options: { readonly forMs: number; readonly correlation: string | null; readonly key: CommandKey | undefined }
  ) => Effect.Effect<IssuedLink>
  /** The link that was issued with this key, while there is one. */
  readonly issued: (key: CommandKey) => Effect.Effect<IssuedLink, LinkInvalid>
  /** Opens it; answers the session. With the session of this link, it was opened already by the same browser. */
  readonly open: (
    ticket: string,
    session: string | undefined
  ) => Effect.Effect<{ readonly session: string; readonly link: OpenLink }, LinkInvalid | StoreUnavailable, Tokens>
  readonly find: (
    ticket: string,
    session: string | undefined
  ) => Effect.Effect<OpenLink, LinkInvalid | StoreUnavailable, Tokens>
  /** Gives the session back: the address can be opened once more, by another browser. */
  readonly handOver: (ticket: string) => Effect.Effect<void>
  /** The device is linked. */
  readonly done: (ticket: string) => Effect.Effect<void>
}

export class HostedLinks extends Context.Service<HostedLinks, HostedLinksShape>()("bitacora/application/HostedLinks") {
  static readonly layer = Layer.effect(
    HostedLinks,
    Effect.map(Secrets, ({ mac }) => {
      const shelf = new Shelf()
      const textOf = (key: CommandKey | undefined): string =>
        key === undefined
          ? randomBytes(TICKET_BYTES).toString("base64url")
          : Buffer.from(mac("link", JSON.stringify([key.scope, key.key]))).toString("base64url")
      const valid = (ticket: string, isAllowed: (entry: Entry) => boolean) =>
        Effect.gen(function* () {
          const now = yield* elapsedMs
          const entry = shelf.find(ticket, now)
          if (entry === undefined || !isAllowed(entry) || !(yield* isStillValid(entry.principal))) {
            return yield* new LinkInvalid()
          }
          return { entry, now }
        })
      return HostedLinks.of({
        issue: (principal, device, { forMs, correlation, key }) =>
          Effect.gen(function* () {
            const ticket = textOf(key)
            const now = yield* elapsedMs
            const until = now + forMs
            shelf.put(
              ticket,
              { principal, device: device.id, correlation, until, session: undefined, isDone: false },
              now
            )
            return yield* issuedLink(ticket, until)
          }),
        issued: (key) =>
          Effect.gen(function* () {
            const ticket = textOf(key)
            const entry = shelf.find(ticket, yield* elapsedMs)
            return entry === undefined ? yield* new LinkInvalid() : yield* issuedLink(ticket, entry.until)
          }),
        open: (ticket, session) =>
          Effect.gen(function* () {
            const isSame = (entry: Entry) => session !== undefined && entry.session === digest(session)
            const { entry, now } = yield* valid(ticket, (each) => each.session === undefined || isSame(each))
            const own = isSame(entry) ? (session ?? "") : randomBytes(TICKET_BYTES).toString("base64url")
            if (entry.session === undefined) {
              entry.session = digest(own)
              entry.until = Math.max(entry.until, now + SESSION_MS)
            }
            return { session: own, link: openLink(entry, now) }
          }),
        find: (ticket, session) =>
          Effect.map(
            valid(ticket, (entry) => session !== undefined && entry.session === digest(session)),
            ({ entry, now }) => openLink(entry, now)
          ),
        handOver: (ticket) =>
          Effect.map(elapsedMs, (now) => {
            const entry = shelf.find(ticket, now)
            if (entry) entry.session = undefined
          }),
        done: (ticket) =>
          Effect.map(elapsedMs, (now) => {
            const entry = shelf.find(ticket, now)
            if (entry) entry.isDone = true
          })
      })
    })
  )
}

/** Gives a link for a device that is not linked. */
export const issueLink = (
  principal: Principal,
  reference: string,
  {
    forMs = LINK_MS,
    origin,
    key
  }: { readonly forMs?: number; readonly origin: Origin; readonly key: RequestKey | undefined }
) => {
  return once(key, {
    first: (claiming) =>
      Effect.gen(function* () {
        const device = yield* findDevice(principal, reference)
        if (device.paired) return yield* new CommandRefused({ command: "link", state: device.state })
        const links = yield* HostedLinks
        const issued = yield* links.issue(principal, device, { forMs, correlation: origin.correlation, key: claiming })
        if (claiming !== undefined) yield* Effect.flatMap(CommandLog, (log) => log.claimFound(claiming, device.id))
        return issued
      }),
    again: (_claim, given) =>
      Effect.andThen(
        findDevice(principal, reference),
        Effect.flatMap(HostedLinks, (links) => links.issued(given))
      )
  })
}

/** What is done with a link is done for the one who gave it. */
export const originOfLink = (origin: Origin, { principal, correlation }: OpenLink): Origin => ({
  ...origin,
  who: nameOf(principal),
  correlation
})

/** `until`: elapsed milliseconds. */
const issuedLink = (ticket: string, until: number): Effect.Effect<IssuedLink> =>
  Effect.gen(function* () {
    const leftMs = until - (yield* elapsedMs)
    return { ticket, expiresAt: Math.round((yield* Clock.currentTimeMillis) + leftMs) }
  })

const openLink = ({ principal, device, correlation, until, isDone }: Entry, now: number): OpenLink => ({
  principal,
  device,
  correlation,
  isDone,
  endsInMs: until - now
})

/** Links by the hash of their tickets, in order of age: one for each device, and so many for each client. */
class Shelf {
  readonly #links = new Map<string, Entry>()

  put(ticket: string, entry: Entry, now: number): void {
    const key = digest(ticket)
    const client = nameOf(entry.principal)
    const own: string[] = []
    for (const [name, other] of this.#links) {
      const isOver = other.until <= now || other.device === entry.device
      if (isOver) this.#links.delete(name)
      else if (nameOf(other.principal) === client) own.push(name)
    }
    for (const oldest of own.slice(0, Math.max(0, own.length - LINKS_EACH_MAX + 1))) this.#links.delete(oldest)
    this.#links.set(key, entry)
  }

  find(ticket: string, now: number): Entry | undefined {
    const entry = this.#links.get(digest(ticket))
    return entry && entry.until > now ? entry : undefined
  }
}

const digest = (ticket: string): string => hash("sha256", ticket, "base64")
