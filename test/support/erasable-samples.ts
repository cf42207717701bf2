/** A sample of each event type that can be erased. */
import type { RecordedEvent } from "../../src/events/envelope.ts"
import { ZERO_HASH } from "../../src/events/hash-chain.ts"
import type { ErasableType } from "../../src/store/projections/registry.ts"
import {
  about,
  ANA,
  ANA_LID,
  arrivedFile,
  author,
  BEA,
  from,
  jid,
  queued,
  quoting,
  received,
  SHA,
  text
} from "./content-store.ts"

const receipt = { messageId: "q1", at: null, participant: jid(ANA) }

/** Each sample has every field that a projection may read. */
export const samples: Readonly<Record<ErasableType, unknown>> = {
  "message.queued": queued("q1", ANA, { kind: "document", media: { sha256: SHA("a"), bytes: 1, mimetype: "a/b" } })
    .data,
  "message.received": {
    ...(received("m1", ANA, arrivedFile(SHA("b")), ANA_LID).data as object),
    context: quoting("m0")
  },
  "message.resent": about("message.resent", "m1", "m1", ANA, { content: arrivedFile(SHA("d")), context: quoting("m0") })
    .data,
  "message.edited": about("message.edited", "e1", "m1", ANA, { content: arrivedFile(SHA("c")) }).data,
  "message.revoked": about("message.revoked", "d1", "m1", ANA, { author: author(BEA), byAdmin: true }).data,
  "message.reacted": about("message.reacted", "r1", "m1", ANA, { emoji: "👍" }).data,
  "message.voted": about("message.voted", "v1", "m1", ANA, { author: author(BEA), options: null }).data,
  "message.answered": about("message.answered", "a1", "m1", ANA, { answer: "going", extraGuests: 0 }).data,
  "message.pinned": about("message.pinned", "p1", "m1", ANA, { pinned: true, seconds: 60 }).data,
  "message.kept": about("message.kept", "k1", "m1", ANA, { kept: true }).data,
  "message.delivered": receipt,
  "message.read": receipt,
  "message.played": receipt,
  "history.synced": {
    progress: 1,
    messages: [{ messageId: "h1", ...from(ANA), content: text("hola"), context: quoting("m0") }]
  }
}

/** Such an event as recorded, without its text. */
export const recorded = (type: string, position = 7): RecordedEvent => ({
  envelopeVersion: 1,
  position,
  stream: "messages/a",
  version: 1,
  device: 1,
  type,
  schemaVersion: 1,
  fromState: null,
  toState: null,
  payloadHash: ZERO_HASH,
  who: "test",
  commandId: null,
  causation: null,
  correlation: null,
  recordedAt: 5,
  streamPreviousHash: ZERO_HASH,
  hash: ZERO_HASH,
  text: null
})
