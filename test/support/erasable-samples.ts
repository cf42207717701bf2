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
  GROUP,
  jid,
  queued,
  quoting,
  received,
  SHA,
  text
} from "./content-store.ts"

const ana = { lid: ANA_LID, number: ANA }
const receipt = { messageId: "q1", at: null, participant: jid(ANA) }

const file = { kind: "document", filename: "pedido.pdf", caption: "el pedido" }
const captioned = (sha256: string) => ({ ...arrivedFile(sha256), ...file })

/** Each sample has every field that a projection may read. */
export const samples: Readonly<Record<ErasableType, unknown>> = {
  "message.queued": queued("q1", ANA, { ...file, media: { sha256: SHA("a"), bytes: 1, mimetype: "a/b" } }).data,
  "message.received": {
    ...(received("m1", ANA, captioned(SHA("b")), ANA_LID).data as object),
    context: quoting("m0")
  },
  "message.resent": about("message.resent", "m1", "m1", ANA, { content: captioned(SHA("d")), context: quoting("m0") })
    .data,
  "message.edited": about("message.edited", "e1", "m1", ANA, { content: captioned(SHA("c")) }).data,
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
  },
  "contact.synced": { contacts: [{ ...ana, name: "Ana", pushName: "Anita" }] },
  "contact.updated": { ...ana, name: null, verifiedName: "Ana S. A.", username: "ana", blocked: true },
  "chat.synced": {
    chats: [
      { chat: jid(ANA), chatAlt: ANA_LID, name: "Ana", lastMessageAt: 5, unread: { count: 2, at: 5 }, archived: true }
    ]
  },
  "chat.updated": {
    chat: jid(ANA),
    chatAlt: ANA_LID,
    pinnedAt: 6,
    mutedUntil: -1,
    markedUnread: true,
    readOnly: false
  },
  "chat.deleted": { chat: jid(ANA), chatAlt: ANA_LID, at: 5 },
  "chat.cleared": { chat: jid(ANA), chatAlt: ANA_LID, at: 5, keepsStarred: false },
  "message.starred": { target: "m1", chat: jid(ANA), chatAlt: ANA_LID, fromMe: false, starred: true },
  "message.hidden": { target: "m1", chat: jid(ANA), chatAlt: ANA_LID, fromMe: false },
  "group.synced": {
    groups: [{ group: GROUP, subject: "Pedidos", owner: ana, members: [{ ...ana, rank: "superadmin" }] }]
  },
  "group.updated": { group: GROUP, description: "Nueva", announcement: true, author: ana },
  "group.members_changed": { group: GROUP, action: "add", author: null, members: [{ ...ana, rank: "member" }] },
  "group.join_requested": { group: GROUP, person: ana, action: "created", author: null, method: "invite_link" },
  "label.assigned": { label: "1", chat: jid(ANA), chatAlt: ANA_LID, messageId: null, assigned: true },
  "call.received": { callId: "C1", from: ana, group: null, isVideo: false, at: 5, offline: false },
  "call.ended": { callId: "C1", from: ana, outcome: "missed", at: 6 },
  "operation.performed": { operation: "contact.block", input: { person: ANA }, outcome: { status: "done" } }
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
