/** What anybody may use up of what all share: bounded for each user and each address, whatever others do. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { networkOf } from "../../src/http/access/network-of.ts"
import { TestGateway } from "../support/gateway.ts"

let gateway: TestGateway

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { TRUST_PROXY: "true", WRONG_TOKENS_MAX: "2", FAILED_LOGINS_MAX: "2" },
    network: { prekeyCount: 30 }
  })
})
afterAll(() => gateway[Symbol.asyncDispose]())

describe("an address", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["2001:DB8::1:ffff:2:3:4", "2001:db8:0:1::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["0:0:0:0:0:FFFF:c000:0207", "192.0.2.7"],
    ["no address", "no address"]
  ])("%s is counted as %s", (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  const statuses = async (network: string, ask: (headers: Record<string, string>) => Promise<{ status: number }>) => {
    const answers: number[] = []
    for (const host of [1, 2, 3]) answers.push((await ask({ "x-forwarded-for": `${network}::${host}` })).status)
    return answers
  }

  it("of one IPv6 network has one share of wrong tokens, and of wrong passwords", async () => {
    const guess = (headers: Record<string, string>) => gateway.get("/v1/devices", { headers, token: "guessed" })
    expect(await statuses("2001:db8:0:1", guess)).toEqual([401, 401, 429])
    expect(await statuses("2001:db8:0:2", guess)).toEqual([401, 401, 429])
    const logIn = (headers: Record<string, string>) =>
      gateway.post("/api/login", { numero: "51948907640", password: "guessed" }, { headers })
    expect(await statuses("2001:db8:0:1", logIn)).toEqual([401, 401, 429])
  })

  it("of one IPv6 network has one share of requests", async () => {
    await gateway.restart({ RATE_LIMIT_MAX: "2", RATE_LIMIT_WINDOW_MS: "60000" })
    const ask = (headers: Record<string, string>) => gateway.get("/v1/devices", { headers })
    expect(await statuses("2001:db8:0:3", ask)).toEqual([401, 401, 429])
    expect(await statuses("2001:db8:0:4", ask)).toEqual([401, 401, 429])
    await gateway.restart()
  })
})
