import { expect, it } from "vitest"
import { RecipientCache } from "../../src/whatsapp/recipient-cache.ts"

const ANA = { jid: "51922000001@s.whatsapp.net", lid: null }
const DAY_MS = 86_400_000

it("a yes of WhatsApp is valid for a day, a no for five minutes, each for the device that asked", () => {
  const cache = new RecipientCache()
  cache.set(1, "51922000001", ANA, 1_000)
  cache.set(1, "51933000001", null, 1_000)
  expect(cache.get(1, "51922000001", DAY_MS)).toEqual(ANA)
  expect(cache.get(1, "51922000001", 1_000 + DAY_MS)).toBeUndefined()
  expect(cache.get(1, "51933000001", 300_000)).toBeNull()
  expect(cache.get(1, "51933000001", 301_000)).toBeUndefined()
  expect(cache.get(2, "51922000001", 1_000)).toBeUndefined()
})
