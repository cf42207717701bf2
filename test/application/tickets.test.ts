import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import type { Principal } from "../../src/application/principal.ts"
import { operator } from "../../src/application/principal.ts"
import { Tickets } from "../../src/application/tickets.ts"
import { TokenId, UserId } from "../../src/events/ids.ts"
import { newId } from "../../src/store/new-id.ts"
import { makeSecretBox } from "../../src/store/secrets/secret-box.ts"
import { Secrets } from "../../src/store/secrets/secrets.ts"
import { Tokens } from "../../src/store/tokens.ts"

const HALF_A_MINUTE_MS = 30_000

const user = (userNumber: number): Principal => ({
  kind: "user",
  tokenId: TokenId.make(newId("tok", userNumber)),
  scopes: ["read"],
  devices: null,
  account: {
    userId: UserId.make(newId("usr", userNumber)),
    userNumber,
    number: "51948907640",
    passwordHash: "",
    registeredAt: 0
  }
})
const [ana, bea] = [user(1), user(2)]

/** All tokens are valid until `isRevoked`. */
const run = <A, E>(
  work: Effect.Effect<A, E, Tickets | Tokens>,
  { isRevoked = () => false }: { readonly isRevoked?: () => boolean } = {}
): Promise<A> => {
  const token = { userId: null, name: null, scopes: [], devices: null, issuedAt: 0, expiresAt: null, lastUsedAt: null }
  const tokens = Layer.mock(Tokens, {
    byId: (tokenId) => Effect.sync(() => (isRevoked() ? undefined : { ...token, tokenId: TokenId.make(tokenId) }))
  })
  const secrets = Layer.succeed(Secrets, makeSecretBox(new Uint8Array(32)))
  const all = Tickets.layer.pipe(
    Layer.provide(secrets),
    Layer.provideMerge(tokens),
    Layer.provideMerge(TestClock.layer())
  )
  return Effect.runPromise(Effect.provide(work, all))
}

const issue = (principal: Principal) =>
  Effect.flatMap(Tickets, (tickets) => Effect.map(tickets.issue(principal), ({ ticket }) => ticket))
const issueMany = (principal: Principal, count: number) =>
  Effect.forEach(Array.from({ length: count }), () => issue(principal))
const redeem = (ticket: string | undefined) => Effect.flatMap(Tickets, (tickets) => tickets.redeem(ticket ?? ""))

describe("a ticket", () => {
  it("expires after 30 seconds", () =>
    run(
      Effect.gen(function* () {
        const tickets = yield* Tickets
        const now = yield* Clock.currentTimeMillis
        const early = yield* tickets.issue(operator)
        const late = yield* issue(operator)
        expect(early.expiresAt - now).toBe(HALF_A_MINUTE_MS)
        yield* TestClock.adjust(HALF_A_MINUTE_MS - 1)
        expect(yield* redeem(early.ticket)).toBe(operator)
        yield* TestClock.adjust(1)
        expect(yield* Effect.flip(redeem(late))).toMatchObject({ _tag: "TicketInvalid" })
      })
    ))

  it("works once, and cannot be guessed", () =>
    run(
      Effect.gen(function* () {
        const ticket = yield* issue(ana)
        expect(yield* Effect.flip(redeem(`${ticket}x`))).toMatchObject({ _tag: "TicketInvalid" })
        expect(yield* redeem(ticket)).toBe(ana)
        expect(yield* Effect.flip(redeem(ticket))).toMatchObject({ _tag: "TicketInvalid" })
      })
    ))

  it("is the same one for a repeat with the same key, even after it was used", () =>
    run(
      Effect.gen(function* () {
        const tickets = yield* Tickets
        const command = { scope: "usr_1", key: "k", fingerprint: new Uint8Array(32), until: "expiry" as const }
        const key = { command, whileInProgress: "refuse" as const }
        const first = yield* tickets.issue(ana, key)
        expect(yield* tickets.issue(ana, key)).toEqual(first)
        expect(yield* redeem(first.ticket)).toBe(ana)
        expect(yield* tickets.issue(ana, key)).toEqual(first)
        expect(yield* Effect.flip(redeem(first.ticket))).toMatchObject({ _tag: "TicketInvalid" })
      })
    ))

  it("[SEC-2] does not work once its token is revoked", () => {
    let isRevoked = false
    const work = Effect.gen(function* () {
      const ticket = yield* issue(ana)
      isRevoked = true
      expect(yield* Effect.flip(redeem(ticket))).toMatchObject({ _tag: "TicketInvalid" })
    })
    return run(work, { isRevoked: () => isRevoked })
  })
})

describe("a client with many tickets", () => {
  it("loses its own oldest ticket, and no other client does", () =>
    run(
      Effect.gen(function* () {
        const others = [yield* issue(operator), yield* issue(bea)]
        const [first, second, ...rest] = yield* issueMany(ana, 1_001)
        expect(yield* Effect.flip(redeem(first))).toMatchObject({ _tag: "TicketInvalid" })
        expect(yield* redeem(second)).toBe(ana)
        expect(yield* redeem(rest.at(-1))).toBe(ana)
        yield* issueMany(ana, 10_000)
        expect(yield* Effect.forEach(others, redeem)).toEqual([operator, bea])
      })
    ))

  it("gets new tickets once the old ones expire", () =>
    run(
      Effect.gen(function* () {
        yield* issueMany(ana, 1_000)
        yield* TestClock.adjust(HALF_A_MINUTE_MS + 1)
        const late = yield* issueMany(ana, 3)
        expect(yield* Effect.forEach(late, redeem)).toEqual([ana, ana, ana])
      })
    ))
})
