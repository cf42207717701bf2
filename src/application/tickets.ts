/**
 * Tickets for browsers, which cannot set a header when they open a WebSocket. A ticket opens one stream, within 30 seconds, and does
 * nothing else. A client that requests too many at once loses its own oldest ticket.
 */
import { hash, randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer, Schema } from "effect"
import type { RequestKey } from "./idempotency.ts"
import { elapsedMs } from "../store/elapsed.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { Secrets } from "../store/secrets/secrets.ts"
import type { Tokens } from "../store/tokens.ts"
import { nameOf, type Principal } from "./principal.ts"
import { isStillValid } from "./tokens.ts"

/** Rejection: the ticket is unknown, used or expired. */
export class TicketInvalid extends Schema.TaggedError<TicketInvalid>()("TicketInvalid", {}) {
  override get message(): string {
    return "the ticket is unknown, used or expired"
  }
}

const TICKET_MS = 30_000
const TICKETS_EACH_MAX = 1_000

export interface Ticket {
  readonly ticket: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export interface TicketsShape {
  /** With a key, a repeat returns the same ticket, which may be used or expired by then. */
  readonly issue: (principal: Principal, key?: RequestKey) => Effect.Effect<Ticket>
  /** Returns the principal that requested the ticket, while the principal's token is valid. */
  readonly redeem: (ticket: string) => Effect.Effect<Principal, TicketInvalid | StoreUnavailable, Tokens>
}

export class Tickets extends Context.Service<Tickets, TicketsShape>()("bitacora/application/Tickets") {
  static readonly layer = Layer.effect(
    Tickets,
    Effect.map(Secrets, ({ mac }) => {
      const drawer = new Drawer()
      const textOf = (key: RequestKey | undefined): string =>
        key === undefined
          ? randomBytes(24).toString("base64url")
          : Buffer.from(mac("ticket", JSON.stringify([key.command.scope, key.command.key]))).toString("base64url")
      return Tickets.of({
        issue: (principal, key) =>
          Effect.gen(function* () {
            const ticket = textOf(key)
            const expiresInMs = drawer.put(ticket, principal, yield* elapsedMs)
            return { ticket, expiresAt: (yield* Clock.currentTimeMillis) + expiresInMs }
          }),
        redeem: (ticket) =>
          Effect.gen(function* () {
            const principal = drawer.take(ticket, yield* elapsedMs)
            if (principal === undefined || !(yield* isStillValid(principal))) return yield* new TicketInvalid()
            return principal
          })
      })
    })
  )
}

/** Tickets by their hash, oldest first. A used ticket stays until it expires, so that a repeat does not revive it. */
class Drawer {
  readonly #tickets = new Map<string, { readonly principal: Principal; readonly until: number; isUsed: boolean }>()
  /** The same tickets by client. */
  readonly #each = new Map<string, Set<string>>()

  /** Milliseconds until the ticket expires. */
  put(ticket: string, principal: Principal, now: number): number {
    this.#forgetOld(now)
    const key = digest(ticket)
    const known = this.#tickets.get(key)
    if (known) return known.until - now
    const client = nameOf(principal)
    const own = this.#each.get(client) ?? new Set()
    const [oldest] = own
    if (oldest !== undefined && own.size >= TICKETS_EACH_MAX) this.#forget(oldest)
    this.#tickets.set(key, { principal, until: now + TICKET_MS, isUsed: false })
    this.#each.set(client, own.add(key))
    return TICKET_MS
  }

  take(ticket: string, now: number): Principal | undefined {
    const entry = this.#tickets.get(digest(ticket))
    if (!entry || entry.isUsed || entry.until <= now) return undefined
    entry.isUsed = true
    return entry.principal
  }

  #forgetOld(now: number): void {
    for (const [key, { until }] of this.#tickets) {
      if (until > now) return
      this.#forget(key)
    }
  }

  #forget(key: string): void {
    const entry = this.#tickets.get(key)
    if (!entry) return
    this.#tickets.delete(key)
    const client = nameOf(entry.principal)
    const own = this.#each.get(client)
    own?.delete(key)
    if (own?.size === 0) this.#each.delete(client)
  }
}

const digest = (ticket: string): string => hash("sha256", ticket, "base64")
