import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { readSettings } from "../src/config.ts"

const DAY_MS = 86_400_000

it("refuses a MASTER_KEY that is not 32 bytes before anything is created", async () => {
  const { problems } = await Effect.runPromise(Effect.flip(readSettings({ MASTER_KEY: "abc" })))
  expect(problems).toEqual(["MASTER_KEY: must be 32 bytes, as 64 hex characters or in base64"])
})

describe("RETENTION", () => {
  const retentionOf = async (given: string) => (await Effect.runPromise(readSettings({ RETENTION: given }))).retention

  it("keeps everything for ever if it is not set", async () => {
    expect(await retentionOf("")).toEqual({})
  })

  it("accepts types with days", async () => {
    expect(await retentionOf("message.received=90d, history.synced=1d")).toEqual({
      "message.received": 90 * DAY_MS,
      "history.synced": DAY_MS
    })
  })

  it.each(["message.received", "message.received=0d", "message.received=90", "device.paired=9d", "=9d", "all=9d"])(
    "refuses %j and names it",
    async (given) => {
      const { problems } = await Effect.runPromise(Effect.flip(readSettings({ RETENTION: given })))
      expect(problems).toEqual([expect.stringContaining(`RETENTION: ${given} is not <type>=<days>d`)])
    }
  )
})
