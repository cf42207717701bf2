/**
 * Whatever programs of wwebjs-api send to a session that is connected, the answer is one of the dialect's: never a failure without
 * words of its own. wwebjs-api itself answers 500 for what is not there; these texts are named here. A failure prints its seed.
 */
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EXAMPLE } from "../../src/http/example-names.ts"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { times } from "../support/soak.ts"
import { declaredRoutes, examplesOf, type Names, requestOf } from "./support/declared.ts"
import { bent, type Fields } from "./support/malformed.ts"
import { WwebjsClient } from "./support/wwebjs-client.ts"

const NUMBER = "5491123456780"

let gateway: TestGateway
let names: Names

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { RATE_LIMIT_MAX: "1000000", SEND_ACK_TIMEOUT_MS: "1000", LOG_LEVEL: "error" },
    network: { prekeyCount: 100 }
  })
  gateway.network.addContact(EXAMPLE.contact, { behaviour: "silent" })
  const session = new WwebjsClient(gateway, EXAMPLE.sessionId)
  await session.link((qr) => gateway.network.addPhone(NUMBER).scanQr(qr))
  const chatId = `${EXAMPLE.contact}@c.us`
  const sent = await session.post("/client/sendMessage", { chatId, contentType: "string", content: "Hola" })
  const made = await session.post("/client/createGroup", { title: "Reparto", participants: [chatId] })
  names = {
    ...EXAMPLE,
    sessionMessage: sent.body.message.id.id,
    sessionGroup: made.body.response.gid._serialized
  }
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** What wwebjs-api, or WhatsApp, says with a 500. */
const WORDED =
  /^(The chat is not a group|Message not found|Message media not found|Contact not found|Chat not found|Label not found|The message is not a poll|Could not get the quoted message\.|WhatsApp refused .*|.* is not on WhatsApp.*|.* cannot be forwarded)$/

/** Those that end the session for the others. */
const ENDS = /\/(resetState|runMethod)\//

const routes = declaredRoutes.filter(
  ({ path, method, route }) =>
    /^\/(client|chat|groupChat|message|contact|channel)\//.test(path) &&
    method === "POST" &&
    route.body !== undefined &&
    !ENDS.test(path)
)

describe("[SEC-5] a session that is connected", () => {
  it.each(routes.map((declared) => [declared.path, declared] as const))("%s", async (_, declared) => {
    const { path, body: complete } = requestOf(declared, examplesOf(declared)[0] ?? { status: 0 }, names)
    await fc.assert(
      fc.asyncProperty(bent((complete ?? {}) as Fields), async (body) => {
        const response = await fetch(gateway.url + path, {
          method: "POST",
          headers: { "x-api-key": OPERATOR_KEY, "content-type": "application/json" },
          body: JSON.stringify(body)
        })
        const text = await response.text()
        const shown = `${JSON.stringify(body).slice(0, 500)} → ${response.status} ${text.slice(0, 300)}`
        if (response.status === 200) return
        const { success, error } = JSON.parse(text) as { readonly success: unknown; readonly error: string }
        expect(success, shown).toBe(false)
        if (response.status === 500) expect(error, shown).toMatch(WORDED)
        else expect([400, 404, 413, 429, 501], shown).toContain(response.status)
      }),
      { numRuns: times(15, 100) }
    )
  })
})
