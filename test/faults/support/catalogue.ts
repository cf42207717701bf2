/**
 * Every fault that has a row in docs/FAULTS.md, in the order of the document. The first part goes by the codes of the disconnect
 * policy, the rest by what else a network can do to a client; test/faults/document.test.ts holds it against the policy's own list
 * of codes and against the sandbox's own list of faults.
 */
import type { FaultKind } from "../../../src/sandbox/faults/fault.ts"

interface Listed {
  /** The code that Baileys gives to it, or is given. */
  readonly code?: number
  /** The sandbox's fault that makes it. */
  readonly kind?: FaultKind
}

export const catalogue = {
  "stream error 515": { code: 515, kind: "stream" },
  "server falls silent": { code: 408, kind: "mute" },
  "server freezes, TCP stays up": { code: 408, kind: "freeze" },
  "server silent for less than a ping": { kind: "mute" },
  "refs of a pairing end": { code: 408 },
  "TCP reset": { code: 428, kind: "terminate" },
  "close frame": { code: 428, kind: "close" },
  "end of stream": { code: 428, kind: "stream_end" },
  "stream error 503": { code: 503, kind: "stream" },
  "login refused with 503, then taken": { code: 503, kind: "failure" },
  "stream error 500": { code: 500, kind: "stream" },
  "stream error without a code": { code: 500, kind: "stream" },
  "ten losses within a minute of opening": { code: 428, kind: "terminate" },
  "replaced by another client, once": { code: 440, kind: "replaced" },
  "replaced twice, then taken over by the user": { code: 440, kind: "replaced" },
  "client outdated, once": { code: 405, kind: "failure" },
  "client outdated, twice": { code: 405, kind: "failure" },
  "failure 409, again and again": { code: 409, kind: "failure" },
  "failure 412, again and again": { code: 412, kind: "failure" },
  "failure 413, again and again": { code: 413, kind: "failure" },
  "failure 414, again and again": { code: 414, kind: "failure" },
  "failure 415, again and again": { code: 415, kind: "failure" },
  "no multi-device any more (downgrade)": { code: 411, kind: "downgrade" },
  "unlinked by the phone": { code: 401, kind: "logged_out" },
  "login refused with 401": { code: 401, kind: "failure" },
  "account locked": { code: 403, kind: "failure" },
  "account banned for a time": { code: 402, kind: "failure" },
  "account banned": { code: 406, kind: "failure" },

  "HTTP upgrade answered 503": { kind: "upgrade" },
  "HTTP upgrade answered 429": { kind: "upgrade" },
  "login never answered": { kind: "mute" },
  "deaf: messages come in, nothing comes of them": {},
  "network away for a while, then back with its state": { code: 408 },
  "gateway restarted": {},
  "everything late, with jitter": { kind: "latency" },

  "nobody scans": { code: 408 },
  "another number scans": { code: 515 },
  "account wants a passkey": { kind: "passkey" },
  "wrong pairing code": {},
  "never connected, and too old": {},
  "reset by the user": {},

  "message refused with 463": { kind: "ack_error" },
  "message refused with 479": { kind: "ack_error" },
  "message refused with 500": { kind: "ack_error" },
  "contact that takes no first message": { code: 463 },
  "WhatsApp acks nothing": { kind: "mute" },
  "connection lost while a new contact is looked up": { kind: "mute" },
  "stop while a new contact is looked up": { kind: "mute" },
  "message to us damaged on its way": { kind: "tamper" },
  "message to a phone damaged on its way": { kind: "tamper" },
  "message to a linked device damaged on its way": { kind: "tamper" },
  "message to a group damaged on its way": { kind: "tamper" },
  "message to us lost on its way": { kind: "drop" },
  "receipts come twice": { kind: "duplicate_receipts" },
  "receipts overtake each other": { kind: "reorder_receipts" },
  "upload answered 503, once": { kind: "upload_error" },
  "upload answered 503, for good": { kind: "upload_error" }
} as const satisfies Readonly<Record<string, Listed>>

export type FaultName = keyof typeof catalogue

export const listed: Readonly<Record<FaultName, Listed>> = catalogue
