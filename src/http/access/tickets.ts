/**
 * Tickets for WebSockets of browsers, which cannot set a header: single use, valid for half a minute, worth nothing else.
 */
import { hash, randomBytes } from "node:crypto"
import { Schema } from "effect"
import type { Principal } from "./accounts.ts"

/** Rejection: unknown, used or too old. */
export class TicketInvalid extends Schema.TaggedError<TicketInvalid>()("TicketInvalid", {}) {
  override get message(): string {
    return "the ticket is not valid; ask for a new one"
  }
}

export const TICKET_MS = 30_000
const TICKETS_MAX = 10_000

export class Tickets {
  readonly #tickets = new Map<string, { readonly principal: Principal; readonly until: number }>()

  issue(principal: Principal, now: number): string {
    this.#forgetOld(now)
    const ticket = randomBytes(24).toString("base64url")
    this.#tickets.set(digest(ticket), { principal, until: now + TICKET_MS })
    return ticket
  }

  /** Throws TicketInvalid. */
  redeem(ticket: string, now: number): Principal {
    const key = digest(ticket)
    const entry = this.#tickets.get(key)
    this.#tickets.delete(key)
    if (!entry || entry.until <= now) throw new TicketInvalid()
    return entry.principal
  }

  /** Tickets are in order of age. */
  #forgetOld(now: number): void {
    for (const [key, { until }] of this.#tickets) {
      if (until > now && this.#tickets.size < TICKETS_MAX) return
      this.#tickets.delete(key)
    }
  }
}

const digest = (ticket: string): string => hash("sha256", ticket, "base64")
