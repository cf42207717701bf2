import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { MessageStream } from "../../../../src/actors/device/messages/message-stream.ts"
import { EventLog } from "../../../../src/store/log/event-log.ts"
import { StoreUnavailable } from "../../../../src/store/errors.ts"
import { Messages } from "../../../../src/store/messages.ts"
import type { ReceivedMessage } from "../../../../src/whatsapp/whatsapp.ts"
import { TestDevices } from "../../../support/devices.ts"
import { origin } from "../../../support/store.ts"

let devices: TestDevices

beforeEach(async () => {
  devices = await TestDevices.start()
})
afterEach(async () => {
  await devices[Symbol.asyncDispose]()
})

const CHAT = "51999999999@s.whatsapp.net"
const fromPhone: ReceivedMessage = {
  type: "message",
  id: "M1",
  chat: CHAT,
  chatAlt: null,
  sender: "51911111111@s.whatsapp.net",
  senderAlt: null,
  fromMe: true,
  pushName: null,
  sentAt: 1_790_000_000_000,
  offline: false,
  content: { kind: "text", text: "hola" }
}

describe("a stream of messages", () => {
  it("keeps receipts that arrive before their message, even if the store fails between the two", async () => {
    const device = await devices.register()
    const types = await devices.run(
      Effect.gen(function* () {
        const log = yield* EventLog
        let commits = 0
        const commit: typeof log.commit = (unit) =>
          ++commits === 2 ? Effect.fail(new StoreUnavailable({ reason: "away" })) : log.commit(unit)
        const store = { log: { ...log, commit }, messages: yield* Messages }
        const stream = yield* MessageStream.load(store, device.id, device.deviceNumber)
        for (const receipt of ["delivered", "read"] as const) {
          yield* stream.hear({ type: "receipt", messageId: "M1", receipt, at: 1, participant: null }, origin)
        }
        yield* Effect.flip(stream.receive([fromPhone], origin))
        yield* stream.receive([fromPhone], origin)
        yield* stream.receive([fromPhone], origin)
        return yield* Effect.promise(() => devices.eventTypes(device))
      })
    )
    expect(types).toEqual(["device.registered", "message.received", "message.delivered", "message.read"])
  })
})
