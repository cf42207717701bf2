/**
 * Every fault that has a row in docs/FAULTS.md, in the order of the document; refusals of a link are in test/linking. The first part
 * covers the codes of the disconnect policy, the rest what else a network can do to a client. test/docs.test.ts compares it with the
 * policy's list of codes and with the sandbox's list of faults.
 */
import type { FaultKind } from "../../../src/sandbox/faults/fault.ts"

interface Listed {
  /** The code that Baileys reports or receives. */
  readonly code?: number
  /** The sandbox's fault that causes it. */
  readonly kind?: FaultKind
}

export const catalogue = {
  "stream error 515": { code: 515, kind: "stream" },
  "server falls silent": { code: 408, kind: "mute" },
  "server freezes, TCP stays up": { code: 408, kind: "freeze" },
  "server silent for less than a ping": { kind: "mute" },
  "QR refs of a round expire": { code: 408 },
  "TCP reset": { code: 428, kind: "terminate" },
  "close frame": { code: 428, kind: "close" },
  "end of stream": { code: 428, kind: "stream_end" },
  "stream error 503": { code: 503, kind: "stream" },
  "login refused with 503, then accepted": { code: 503, kind: "failure" },
  "stream error 500": { code: 500, kind: "stream" },
  "stream error without a code": { code: 500, kind: "stream" },
  "ten losses within a minute of opening": { code: 428, kind: "terminate" },
  "replaced by another client, once": { code: 440, kind: "replaced" },
  "replaced twice, then taken over by the user": { code: 440, kind: "replaced" },
  "client outdated, once": { code: 405, kind: "failure" },
  "client outdated, twice": { code: 405, kind: "failure" },
  "failure 409, repeated": { code: 409, kind: "failure" },
  "failure 412, repeated": { code: 412, kind: "failure" },
  "failure 413, repeated": { code: 413, kind: "failure" },
  "failure 414, repeated": { code: 414, kind: "failure" },
  "failure 415, repeated": { code: 415, kind: "failure" },
  "multi-device switched off (downgrade)": { code: 411, kind: "downgrade" },
  "unlinked by the phone": { code: 401, kind: "logged_out" },
  "login refused with 401": { code: 401, kind: "failure" },
  "account locked": { code: 403, kind: "failure" },
  "account banned for a time": { code: 402, kind: "failure" },
  "account banned": { code: 406, kind: "failure" },

  "HTTP upgrade answered 503": { kind: "upgrade" },
  "HTTP upgrade answered 429": { kind: "upgrade" },
  "login never answered": { kind: "mute" },
  "deaf: messages arrive, none is processed": {},
  "network down for a while, then back with its state": { code: 408 },
  "gateway restarted": {},
  "every stanza late, with jitter": { kind: "latency" },

  "no phone scans": { code: 408 },
  "another number scans": { code: 515 },
  "wrong pairing code": {},
  "never connected, and expired": {},
  "reset by the user": {},

  "message refused with 463": { kind: "ack_error" },
  "message refused with 479": { kind: "ack_error" },
  "message refused with 500": { kind: "ack_error" },
  "contact that accepts no first message": { code: 463 },
  "WhatsApp locks the account for new contacts": {},
  "WhatsApp acknowledges nothing": { kind: "mute" },
  "connection lost while a new contact is looked up": { kind: "mute" },
  "stop while a new contact is looked up": { kind: "mute" },
  "message to the device damaged in transit": { kind: "tamper" },
  "message to a phone damaged in transit": { kind: "tamper" },
  "message to a linked device damaged in transit": { kind: "tamper" },
  "message to a group damaged in transit": { kind: "tamper" },
  "status to the device damaged in transit": { kind: "tamper" },
  "message to the device lost in transit": { kind: "drop" },
  "receipts arrive twice": { kind: "duplicate_receipts" },
  "receipts arrive out of order": { kind: "reorder_receipts" },
  "upload answered 503, once": { kind: "upload_error" },
  "upload always answered 503": { kind: "upload_error" },
  "look-up of a number refused with 429": { kind: "iq_error" },
  "look-up of a number refused with 503": { kind: "iq_error" },
  "look-up of a number never answered": { kind: "iq_error" },
  "keys of a new contact refused with 503, once": { kind: "iq_error" },
  "keys of a new contact always refused with 429": { kind: "iq_error" },
  "keys of a new contact never answered": { kind: "iq_error" },
  "members of a group refused with 429, once": { kind: "iq_error" },
  "download answered 403": { kind: "download_error" },
  "download answered 503": { kind: "download_error" },
  "download cut off": { kind: "download_cut" },
  "download altered": { kind: "download_altered" },
  "file that WhatsApp has no longer": {}
} as const satisfies Readonly<Record<string, Listed>>

export type FaultName = keyof typeof catalogue

export const listed: Readonly<Record<FaultName, Listed>> = catalogue
