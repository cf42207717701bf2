import { Schema } from "effect"
import fc from "fast-check"
import { expect, it } from "vitest"
import { DeviceCommand } from "../../../src/actors/device/commands.ts"

const by = fc.constantFrom("user" as const, "operator" as const)
const number = fc.stringMatching(/^[1-9][0-9]{7,14}$/)
const to = fc.oneof(
  number,
  number.map((digits) => `${digits}@s.whatsapp.net`),
  number.map((digits) => `${digits}@lid`)
)
const command: fc.Arbitrary<DeviceCommand> = fc.oneof(
  fc.record({
    type: fc.constant("Register" as const),
    deviceNumber: fc.nat(),
    owner: fc.constant({ kind: "operator" as const }),
    number: fc.option(number),
    sessionId: fc.option(fc.string()),
    name: fc.option(fc.string())
  }),
  fc.record({ type: fc.constantFrom("Connect", "Close", "Restart", "LogOut", "Reset", "Remove"), by }),
  fc.record({ type: fc.constant("Connect" as const), by, takeOver: fc.boolean() }),
  fc.record({ type: fc.constant("PairByCode" as const), by, number }),
  fc.record({
    type: fc.constant("Send" as const),
    to,
    content: fc.record({ kind: fc.constant("text" as const), text: fc.string({ unit: "grapheme", minLength: 1 }) }),
    ackTimeoutMs: fc.nat()
  }),
  fc.record({
    type: fc.constant("RequestUpload" as const),
    messageId: fc.string(),
    chat: to,
    sender: to,
    fromMe: fc.boolean(),
    mediaKey: fc.base64String()
  }),
  fc.record({
    type: fc.constant("RequestHistory" as const),
    chat: to,
    count: fc.nat(),
    oldest: fc.record({ messageId: fc.string(), fromMe: fc.boolean(), sender: to, sentAt: fc.nat() }),
    timeoutMs: fc.nat()
  }),
  fc.record({ type: fc.constant("AwaitAck" as const), messageId: fc.string(), timeoutMs: fc.nat() })
)

it("a command is plain data: it survives JSON unchanged", () => {
  const encode = Schema.encodeSync(DeviceCommand)
  const decode = Schema.decodeUnknownSync(DeviceCommand)
  fc.assert(
    fc.property(command, (given) => {
      expect(decode(JSON.parse(JSON.stringify(encode(given))))).toEqual(given)
    })
  )
})

it.each([
  ["a type that does not exist", { type: "Reboot", by: "operator" }],
  ["an unknown actor", { type: "Connect", by: "stranger" }],
  [
    "a recipient that is no address",
    { type: "Send", to: "hola", content: { kind: "text", text: "x" }, ackTimeoutMs: 1 }
  ]
])("a command with %s is refused", (_, given) => {
  expect(() => Schema.decodeUnknownSync(DeviceCommand)(given)).toThrow()
})
