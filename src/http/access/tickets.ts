/**
 * Tickets for WebSockets of browsers, which cannot set a header: single use, valid for half a minute, worth nothing else.
 * Whoever asks for too many at once loses his own oldest, and nobody else's.
 */
import { hash, randomBytes } from "node:crypto"
import { Schema } from "effect"
import { whoIs } from "../runtime.ts"
import type { Principal } from "./accounts.ts"

/** Rejection: unknown, used or too old. */
export class TicketInvalid extends Schema.TaggedError<TicketInvalid>()("TicketInvalid", {}) {
  override get message(): string {
    return "the ticket is not valid; ask for a new one"
  }
}

export const TICKET_MS = 30_000
const TICKETS_EACH_MAX = 1_000

export class Tickets {
  /** In order of age. */
  readonly #tickets = new Map<string, { readonly principal: Principal; readonly until: number }>()
  /** The same, by whom they are for. */
  readonly #each = new Map<string, Set<string>>()

  /** `now`, here and later: elapsed milliseconds. */
  issue(principal: Principal, now: number): string {
    this.#forgetOld(now)
    const ticket = randomBytes(24).toString("base64url")
    const key = digest(ticket)
    const who = whoIs(principal)
    const own = this.#each.get(who) ?? new Set()
    const [oldest] = own
    if (oldest !== undefined && own.size >= TICKETS_EACH_MAX) this.#forget(oldest)
    this.#tickets.set(key, { principal, until: now + TICKET_MS })
    this.#each.set(who, own.add(key))
    return ticket
  }

  /** Throws TicketInvalid. */
  redeem(ticket: string, now: number): Principal {
    const key = digest(ticket)
    const entry = this.#tickets.get(key)
    this.#forget(key)
    if (!entry || entry.until <= now) throw new TicketInvalid()
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
    const who = whoIs(entry.principal)
    const own = this.#each.get(who)
    own?.delete(key)
    if (own?.size === 0) this.#each.delete(who)
  }
}

const digest = (ticket: string): string => hash("sha256", ticket, "base64")
