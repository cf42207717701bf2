import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import { HostedLinks, LINK_MS } from "../../src/application/hosted-links.ts"
import { operator, type Principal } from "../../src/application/principal.ts"
import { DeviceId, TokenId, UserId } from "../../src/events/ids.ts"
import type { Device } from "../../src/store/devices.ts"
import { newId } from "../../src/store/new-id.ts"
import { makeSecretBox } from "../../src/store/secrets/secret-box.ts"
import { Secrets } from "../../src/store/secrets/secrets.ts"
import { Tokens } from "../../src/store/tokens.ts"

const QUARTER_MS = 900_000
const EACH_MAX = 1_000
const invalid = { _tag: "LinkInvalid" }

const ana: Principal = {
  kind: "user",
  tokenId: TokenId.make(newId("tok", 1)),
  scopes: ["manage"],
  devices: null,
  account: {
    userId: UserId.make(newId("usr", 1)),
    userNumber: 1,
    number: "51948907640",
    passwordHash: "",
    registeredAt: 0
  }
}

/** Tokens that are all valid, until `isRevoked`. */
const run = <A, E>(
  work: Effect.Effect<A, E, HostedLinks | Tokens>,
  { isRevoked = () => false }: { readonly isRevoked?: () => boolean } = {}
): Promise<A> => {
  const token = { userId: null, name: null, scopes: [], devices: null, issuedAt: 0, expiresAt: null, lastUsedAt: null }
  const tokens = Layer.mock(Tokens, {
    byId: (tokenId) => Effect.sync(() => (isRevoked() ? undefined : { ...token, tokenId: TokenId.make(tokenId) }))
  })
  const secrets = Layer.succeed(Secrets, makeSecretBox(new Uint8Array(32)))
  const all = HostedLinks.layer.pipe(
    Layer.provide(secrets),
    Layer.provideMerge(tokens),
    Layer.provideMerge(TestClock.layer())
  )
  return Effect.runPromise(Effect.provide(work, all))
}

let devices = 0
const newDevice = (): Device => ({ id: DeviceId.make(newId("dev", ++devices)) }) as Device

const issue = (principal: Principal = ana, device = newDevice(), forMs = LINK_MS) =>
  Effect.flatMap(HostedLinks, (links) => links.issue(principal, device, { forMs, correlation: null, key: undefined }))
const open = (ticket: string, session?: string) => Effect.flatMap(HostedLinks, (links) => links.open(ticket, session))
const find = (ticket: string, session?: string) => Effect.flatMap(HostedLinks, (links) => links.find(ticket, session))

describe("a hosted link", () => {
  it("is opened by one browser, which can open it again; another cannot", () =>
    run(
      Effect.gen(function* () {
        const device = newDevice()
        const { ticket } = yield* issue(ana, device)
        expect(yield* Effect.flip(open(`${ticket}x`))).toMatchObject(invalid)
        const { session, link } = yield* open(ticket)
        expect(link).toMatchObject({ principal: ana, device: device.id, isDone: false })
        expect((yield* open(ticket, session)).session).toBe(session)
        expect(yield* find(ticket, session)).toMatchObject({ device: device.id })
        for (const other of [undefined, "", `${session}x`]) {
          expect(yield* Effect.flip(open(ticket, other))).toMatchObject(invalid)
          expect(yield* Effect.flip(find(ticket, other))).toMatchObject(invalid)
        }
      })
    ))

  it("is handed over: the first browser has it no more, and another can open it", () =>
    run(
      Effect.gen(function* () {
        const links = yield* HostedLinks
        const { ticket } = yield* issue()
        const first = yield* open(ticket)
        yield* links.handOver(ticket)
        expect(yield* Effect.flip(find(ticket, first.session))).toMatchObject(invalid)
        const second = yield* open(ticket, first.session)
        expect(second.session).not.toBe(first.session)
        expect(yield* Effect.flip(open(ticket, first.session))).toMatchObject(invalid)
      })
    ))

  it("can be opened for an hour, and opened is good for a quarter of one at least", () =>
    run(
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const early = yield* issue()
        const late = yield* issue()
        expect(early.expiresAt - now).toBe(LINK_MS)
        yield* TestClock.adjust(LINK_MS - 1)
        const { session, link } = yield* open(early.ticket)
        expect(link.endsInMs).toBe(QUARTER_MS)
        yield* TestClock.adjust(QUARTER_MS - 1)
        expect((yield* find(early.ticket, session)).endsInMs).toBe(1)
        yield* TestClock.adjust(1)
        expect(yield* Effect.flip(find(early.ticket, session))).toMatchObject(invalid)
        expect(yield* Effect.flip(open(late.ticket))).toMatchObject(invalid)
      })
    ))

  it("is not prolonged by being opened again", () =>
    run(
      Effect.gen(function* () {
        const links = yield* HostedLinks
        const { ticket } = yield* issue(ana, newDevice(), 60_000)
        const { session } = yield* open(ticket)
        yield* TestClock.adjust(60_000)
        expect((yield* open(ticket, session)).link.endsInMs).toBe(QUARTER_MS - 60_000)
        yield* links.handOver(ticket)
        expect((yield* open(ticket)).link.endsInMs).toBe(QUARTER_MS)
      })
    ))

  it("ends the one before for the same device, and no other", () =>
    run(
      Effect.gen(function* () {
        const device = newDevice()
        const former = yield* issue(ana, device)
        const other = yield* issue(ana)
        const { session } = yield* open(former.ticket)
        const latter = yield* issue(operator, device)
        expect(yield* Effect.flip(find(former.ticket, session))).toMatchObject(invalid)
        expect((yield* open(latter.ticket)).link.principal).toBe(operator)
        expect((yield* open(other.ticket)).link.principal).toBe(ana)
      })
    ))

  it("knows when its device is linked", () =>
    run(
      Effect.gen(function* () {
        const links = yield* HostedLinks
        const { ticket } = yield* issue()
        const { session } = yield* open(ticket)
        yield* links.done(ticket)
        expect(yield* find(ticket, session)).toMatchObject({ isDone: true })
      })
    ))

  it("is the same one for a repeat with the same key, while there is one", () =>
    run(
      Effect.gen(function* () {
        const links = yield* HostedLinks
        const key = { scope: "usr_1", key: "k", fingerprint: new Uint8Array(32), until: "expiry" as const }
        expect(yield* Effect.flip(links.issued(key))).toMatchObject(invalid)
        const first = yield* links.issue(ana, newDevice(), { forMs: LINK_MS, correlation: null, key })
        yield* TestClock.adjust(1_000)
        expect(yield* links.issued(key)).toEqual(first)
        expect(yield* Effect.flip(links.issued({ ...key, key: "l" }))).toMatchObject(invalid)
        yield* TestClock.adjust(LINK_MS)
        expect(yield* Effect.flip(links.issued(key))).toMatchObject(invalid)
      })
    ))

  it("[SEC-2] is worth nothing once its token is revoked, opened or not", () => {
    let isRevoked = false
    const work = Effect.gen(function* () {
      const [opened, closed] = [yield* issue(), yield* issue()]
      const { session } = yield* open(opened.ticket)
      isRevoked = true
      expect(yield* Effect.flip(find(opened.ticket, session))).toMatchObject(invalid)
      expect(yield* Effect.flip(open(closed.ticket))).toMatchObject(invalid)
    })
    return run(work, { isRevoked: () => isRevoked })
  })
})

describe("a client with many links", () => {
  it("loses its own oldest, and takes nothing from others", () =>
    run(
      Effect.gen(function* () {
        const other = yield* issue(operator)
        const first = yield* issue()
        const second = yield* issue()
        yield* Effect.forEach(Array.from({ length: EACH_MAX - 1 }), () => issue())
        expect(yield* Effect.flip(open(first.ticket))).toMatchObject(invalid)
        expect((yield* open(second.ticket)).link.principal).toBe(ana)
        expect((yield* open(other.ticket)).link.principal).toBe(operator)
      })
    ))
})
