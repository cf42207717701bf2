import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import { Outbox, type OutboxEntry } from "../../../../src/actors/device/messages/outbox.ts"
import { type Connection, SendFailed } from "../../../../src/whatsapp/whatsapp.ts"

const entry = (position: number, chat: string): OutboxEntry => ({
  messageId: `message ${position}`,
  chat,
  chatAlt: null,
  content: { kind: "text", text: "hola" },
  position,
  endsAt: Number.MAX_SAFE_INTEGER
})

/** Hands messages of three chats to a connection. Returns when each was sent, in ms from the start. */
const sendTimes = (pacingMs: number, count: number) =>
  Effect.gen(function* () {
    const times: number[] = []
    const clock = yield* Clock.clockWith(Effect.succeed)
    const connection = {
      send: () => Effect.sync(() => void times.push(clock.currentTimeMillisUnsafe()))
    } as unknown as Connection
    const outbox = new Outbox({ lanesMax: 4, triesMax: 1, pacingMs, gaveUp: () => {} })
    yield* outbox.resume(connection)
    for (let i = 0; i < count; i++) yield* outbox.add(entry(i, `chat ${i % 3}`))
    for (let i = 0; i < count; i++) yield* TestClock.adjust(pacingMs)
    yield* outbox.pause
    return times
  }).pipe(Effect.provide(TestClock.layer()), Effect.runPromise)

describe("pacing", () => {
  it("keeps the minimum time between any two messages, whichever chats they go to", async () => {
    expect(await sendTimes(1_000, 6)).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000])
  })

  it("of 0 ms adds no delay", async () => {
    expect(await sendTimes(0, 6)).toEqual([0, 0, 0, 0, 0, 0])
  })
})

describe("a chat", () => {
  it("[OUT-5] waits for a message that cannot be built yet, while other chats continue", async () => {
    const sent: string[] = []
    let failures = 2
    const connection = {
      send: ({ messageId }: OutboxEntry) =>
        Effect.suspend(() => {
          if (messageId === "message 0" && failures-- > 0)
            return new SendFailed({ reason: "no route to the media host" })
          return Effect.sync(() => void sent.push(messageId))
        })
    } as unknown as Connection
    await Effect.gen(function* () {
      const outbox = new Outbox({ lanesMax: 4, triesMax: 3, pacingMs: 0, gaveUp: () => {} })
      yield* outbox.resume(connection)
      for (const [position, chat] of ["a", "a", "b"].entries()) yield* outbox.add(entry(position, chat))
      yield* TestClock.adjust(0)
      expect(sent).toEqual(["message 2"])
      yield* TestClock.adjust(1_000)
      yield* TestClock.adjust(2_000)
      expect(sent).toEqual(["message 2", "message 0", "message 1"])
    }).pipe(Effect.provide(TestClock.layer()), Effect.runPromise)
  })
})
