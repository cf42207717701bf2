/** Mutants of what is sent: messages, their acks and receipts, messages that are asked for again. */
import type { Mutant } from "./mutant.ts"

export const sending: readonly Mutant[] = [
  {
    breaks: "of a receipt for several messages, only the first counts",
    file: "sending/receipts.ts",
    text: "messageIds: [id, ...more]",
    becomes: "messageIds: [id].concat(more.slice(0, 0))",
    killedBy: ["test/whatsapp/receipts.test.ts", "test/gateway/receipts.test.ts"]
  },
  {
    breaks: "a message counts as delivered when only a linked device has it, and not the phone",
    file: "sending/receipts.ts",
    text: "    case undefined:\n",
    becomes: '    case undefined:\n    case "inactive":\n',
    killedBy: ["test/whatsapp/receipts.test.ts", "test/gateway/linked-devices.test.ts"]
  },
  {
    breaks: "what the owner reads without showing it counts as read by the contact",
    file: "sending/receipts.ts",
    text: '    case "read":\n',
    becomes: '    case "read":\n    case "read-self":\n',
    killedBy: ["test/whatsapp/receipts.test.ts"]
  },
  {
    breaks: "a voice note that is played is only read",
    file: "sending/receipts.ts",
    text: 'return "played"',
    becomes: 'return "read"',
    killedBy: ["test/whatsapp/receipts.test.ts", "test/gateway/receipts.test.ts"]
  },
  {
    breaks: "what the account's own devices do counts as done by the contact",
    file: "sending/receipts.ts",
    text: "if (areJidsSameUser(by, self.jid) || areJidsSameUser(by, self.lid)) return []",
    becomes: "if (by === undefined) return []",
    killedBy: ["test/whatsapp/receipts.test.ts"]
  },
  {
    breaks: "of the receipts of a group that WhatsApp puts together, none counts",
    file: "sending/receipts.ts",
    text: "[...ownReceipts(node), ...aggregatedReceipts(node)]",
    becomes: "[...ownReceipts(node)]",
    killedBy: ["test/whatsapp/receipts.test.ts", "test/gateway/arrival.test.ts"]
  },
  {
    breaks: "a refused message counts as sent",
    file: "sending/acks.ts",
    text: "return error === undefined ?",
    becomes: "return error !== null ?",
    killedBy: ["test/faults/messages.test.ts"]
  },
  {
    breaks: "a new device of a contact gets no message for five minutes",
    file: "sending/acks.ts",
    text: "void userDevicesCache.del(user)",
    becomes: "void userDevicesCache",
    killedBy: ["test/gateway/linked-devices.test.ts"]
  },
  {
    breaks: "one contact's keys that never come hold up everything that the account sends and receives",
    file: "sending/prepare.ts",
    text: "await socket.assertSessions(devices.map((device) => device.jid))",
    becomes: "await Promise.resolve(devices)",
    killedBy: ["test/faults/queries.test.ts"]
  },
  {
    breaks: "a linked device that begins a session with a resent message does not take it",
    file: "sending/resend.ts",
    text: "shouldIncludeDeviceIdentity && account",
    becomes: "shouldIncludeDeviceIdentity && account === undefined",
    killedBy: ["test/gateway/linked-devices.test.ts"]
  },
  {
    breaks: "a resent message does not say that it is for one device",
    file: "sending/resend.ts",
    text: 'device_fanout: "false",',
    becomes: "",
    killedBy: ["test/gateway/linked-devices.test.ts"]
  },
  {
    breaks: "Baileys answers linked devices itself, with a stanza that WhatsApp refuses",
    file: "sending/resend.ts",
    text: "(jidDecode(requester)?.device ?? 0) > 0",
    becomes: "(jidDecode(requester)?.device ?? 0) < 0",
    killedBy: ["test/gateway/linked-devices.test.ts"]
  },
  {
    breaks: "anyone who names the id of a message gets the message",
    file: "sending/sending.ts",
    text: "if (!message || !(await this.#isChatOf(message, chat))) return undefined",
    becomes: "if (!message) return undefined",
    killedBy: ["test/whatsapp/resend.test.ts"]
  },
  {
    breaks: "another linked device of the account gets no second copy of what it could not decrypt",
    file: "sending/sending.ts",
    text: "this.#isOwnDevice(participant) ? chat : undefined",
    becomes: "undefined",
    killedBy: ["test/gateway/linked-devices.test.ts"]
  },
  {
    breaks: "a copy for an own device looks like a message to oneself",
    file: "sending/resend.ts",
    text: "...(copyOf === undefined ? {} : { recipient: copyOf })",
    becomes: "",
    killedBy: ["test/gateway/linked-devices.test.ts"]
  },
  {
    breaks: "a look-up that is refused because there were too many is no different from silence",
    file: "queries/ask.ts",
    text: "const TOO_MANY_REQUESTS = 429",
    becomes: "const TOO_MANY_REQUESTS = 4290",
    killedBy: ["test/faults/queries.test.ts"]
  }
]
