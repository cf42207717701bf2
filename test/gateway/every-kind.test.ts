/** Every kind of message that Baileys' protocol knows, sent by a contact: nothing that arrives loses its content. */
import { proto } from "@whiskeysockets/baileys"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { summaryOf } from "../../src/events/summary.ts"
import { TestGateway } from "../support/gateway.ts"
import { filesWith } from "../support/files-with.ts"
import type { RecordedJson } from "../support/gateway-client.ts"
import { messageFields, sampleOf } from "../support/proto-samples.ts"
import { until } from "../support/until.ts"

const ME = "51911000021"
const BETO = "51922000021"

/**
 * What becomes of each field of WhatsApp's `Message`: the type of its event, and for a message the kind of its content. A release of Baileys
 * that knows more kinds needs more lines here.
 */
const expected: Readonly<Record<string, string>> = {
  conversation: "received text",
  senderKeyDistributionMessage: "nothing",
  imageMessage: "received image",
  contactMessage: "received contacts",
  locationMessage: "received location",
  extendedTextMessage: "received text",
  documentMessage: "received document",
  audioMessage: "received audio",
  videoMessage: "received video",
  call: "received unknown",
  chat: "received unknown",
  protocolMessage: "received notice",
  contactsArrayMessage: "received contacts",
  highlyStructuredMessage: "received interactive",
  fastRatchetKeySenderKeyDistributionMessage: "nothing",
  sendPaymentMessage: "received payment",
  liveLocationMessage: "received location",
  requestPaymentMessage: "received payment",
  declinePaymentRequestMessage: "received payment",
  cancelPaymentRequestMessage: "received payment",
  templateMessage: "received interactive",
  stickerMessage: "received sticker",
  groupInviteMessage: "received groupInvite",
  templateButtonReplyMessage: "received choice",
  productMessage: "received product",
  deviceSentMessage: "received text",
  messageContextInfo: "nothing",
  listMessage: "received interactive",
  viewOnceMessage: "received text",
  orderMessage: "received order",
  listResponseMessage: "received choice",
  ephemeralMessage: "received text",
  invoiceMessage: "received payment",
  buttonsMessage: "received interactive",
  buttonsResponseMessage: "received choice",
  paymentInviteMessage: "received payment",
  interactiveMessage: "received interactive",
  reactionMessage: "reacted",
  stickerSyncRmrMessage: "received unknown",
  interactiveResponseMessage: "received choice",
  pollCreationMessage: "received poll",
  pollUpdateMessage: "voted",
  keepInChatMessage: "kept",
  documentWithCaptionMessage: "received text",
  requestPhoneNumberMessage: "received notice",
  viewOnceMessageV2: "received text",
  encReactionMessage: "reacted",
  editedMessage: "received text",
  viewOnceMessageV2Extension: "received text",
  pollCreationMessageV2: "received poll",
  scheduledCallCreationMessage: "received call",
  groupMentionedMessage: "received text",
  pinInChatMessage: "pinned",
  pollCreationMessageV3: "received poll",
  scheduledCallEditMessage: "received notice",
  ptvMessage: "received video",
  botInvokeMessage: "received text",
  callLogMesssage: "received call",
  messageHistoryBundle: "received unknown",
  encCommentMessage: "received sealed",
  bcallMessage: "received unknown",
  lottieStickerMessage: "received text",
  eventMessage: "received event",
  encEventResponseMessage: "answered",
  commentMessage: "received text",
  newsletterAdminInviteMessage: "received channelInvite",
  placeholderMessage: "received unavailable",
  secretEncryptedMessage: "edited sealed",
  albumMessage: "received album",
  eventCoverImage: "received text",
  stickerPackMessage: "received stickerPack",
  statusMentionMessage: "received text",
  pollResultSnapshotMessage: "received pollResult",
  pollCreationOptionImageMessage: "received text",
  associatedChildMessage: "received text",
  groupStatusMentionMessage: "received text",
  pollCreationMessageV4: "received text",
  statusAddYours: "received text",
  groupStatusMessage: "received text",
  richResponseMessage: "received text",
  statusNotificationMessage: "received unknown",
  limitSharingMessage: "received text",
  botTaskMessage: "received text",
  questionMessage: "received text",
  messageHistoryNotice: "received unknown",
  groupStatusMessageV2: "received text",
  botForwardedMessage: "received text",
  statusQuestionAnswerMessage: "received text",
  questionReplyMessage: "received text",
  questionResponseMessage: "received text",
  statusQuotedMessage: "received text",
  statusStickerInteractionMessage: "received unknown",
  pollCreationMessageV5: "received poll",
  newsletterFollowerInviteMessageV2: "received channelInvite",
  pollResultSnapshotMessageV3: "received pollResult"
}

/** What becomes of a protocol message of each type. The others go on between devices of one account. */
const expectedProtocol: Readonly<Record<string, string>> = {
  REVOKE: "revoked",
  EPHEMERAL_SETTING: "received notice",
  SHARE_PHONE_NUMBER: "received notice",
  MESSAGE_EDIT: "edited text",
  REQUEST_WELCOME_MESSAGE: "received notice",
  BOT_FEEDBACK_MESSAGE: "received unknown",
  MEDIA_NOTIFY_MESSAGE: "received unknown",
  CLOUD_API_THREAD_CONTROL_NOTIFICATION: "received unknown",
  REMINDER_MESSAGE: "received unknown",
  BOT_MEMU_ONBOARDING_MESSAGE: "received unknown",
  STATUS_MENTION_MESSAGE: "received unknown",
  STOP_GENERATION_MESSAGE: "received unknown",
  LIMIT_SHARING: "received notice",
  AI_PSI_METADATA: "received unknown",
  AI_QUERY_FANOUT: "received unknown",
  GROUP_MEMBER_LABEL_CHANGE: "received notice",
  EPHEMERAL_SYNC_RESPONSE: "nothing",
  HISTORY_SYNC_NOTIFICATION: "nothing",
  APP_STATE_SYNC_KEY_SHARE: "nothing",
  APP_STATE_SYNC_KEY_REQUEST: "nothing",
  MSG_FANOUT_BACKFILL_REQUEST: "nothing",
  INITIAL_SECURITY_NOTIFICATION_SETTING_SYNC: "nothing",
  APP_STATE_FATAL_EXCEPTION_NOTIFICATION: "nothing",
  PEER_DATA_OPERATION_REQUEST_MESSAGE: "nothing",
  PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE: "nothing",
  LID_MIGRATION_MAPPING_SYNC: "nothing"
}

let gateway: TestGateway
let token: string
/** What was recorded of each message, by its id. */
const recorded = new Map<string, RecordedJson>()
const idOf = (what: string) => `3A${Buffer.from(what).toString("hex").slice(0, 60).toUpperCase()}`
const protocolTypes = Object.keys(proto.Message.ProtocolMessage.Type).filter((name) => !/^\d+$/.test(name))

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 50 } })
  token = await gateway.user(ME)
  const beto = gateway.network.addContact(BETO, { behaviour: "silent", name: "Beto" })
  await gateway.connect(token, ME)
  for (const field of messageFields)
    await beto.sendProto(ME, sampleOf(field, `${field}-word`).json, { id: idOf(field) })
  for (const type of protocolTypes) {
    const key = { remoteJid: `${ME}@s.whatsapp.net`, fromMe: true, id: "3A00" }
    const protocolMessage = { type, key, editedMessage: { conversation: `${type}-word` } }
    await beto.sendProto(ME, { protocolMessage }, { id: idOf(type) })
  }
  await beto.send(ME, { message: {}, extra: ofLaterRelease }, { id: idOf("later") })
  await beto.send(
    ME,
    { message: {}, extra: Buffer.concat([field(9_999), Buffer.alloc(70_000, "x")]) },
    { id: idOf("long") }
  )
  const last = await beto.send(ME, { text: "fin" })
  const events = await until(async () => {
    const all = await gateway.events(token, ME)
    return all.some(({ data }) => data.messageId === last) && all
  }, "the last message")
  for (const event of events) if (event.data.messageId !== undefined) recorded.set(event.data.messageId, event)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

/** The tag of a field that holds 70,000 bytes. */
const field = (number: number): Buffer => Buffer.from([...varint(number * 8 + 2), ...varint(70_000)])
const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(value >>> 7)])
/** A field that no release knows, with a text in it. */
const ofLaterRelease = Buffer.concat([Buffer.from([...varint(9_999 * 8 + 2), 6]), Buffer.from("mañana".slice(0, 5))])

const outcome = (what: string): string => {
  const event = recorded.get(idOf(what))
  if (event === undefined) return "nothing"
  return [event.type.slice("message.".length), event.data.content?.kind].filter(Boolean).join(" ")
}

describe("a message of each kind", () => {
  it("[IN-1] is recorded with its content, or with its bytes", () => {
    expect(Object.fromEntries(messageFields.map((each) => [each, outcome(each)]))).toEqual(expected)
  })

  it("[IN-1] of WhatsApp's protocol is recorded where a person caused it; what own devices exchange is not", () => {
    expect(Object.fromEntries(protocolTypes.map((type) => [type, outcome(type)]))).toEqual(expectedProtocol)
  })

  it.each(messageFields.filter((each) => expected[each] !== "nothing"))("%s says what was in it", (each) => {
    const { content, ...rest } = recorded.get(idOf(each))?.data ?? {}
    const { words } = sampleOf(each, `${each}-word`)
    const said =
      content?.kind === "unknown" ? Buffer.from(content.bytes, "base64").toString() : JSON.stringify({ content, rest })
    // A few kinds have no text of their own.
    const mute = [
      "declinePaymentRequestMessage",
      "cancelPaymentRequestMessage",
      "paymentInviteMessage",
      "placeholderMessage",
      "callLogMesssage"
    ]
    if (!mute.includes(each)) expect(words.filter((word) => said.includes(word))).not.toEqual([])
    if (content?.kind === "unknown") expect(words.filter((word) => !said.includes(word))).toEqual([])
  })

  it("has a summary that a person can read", () => {
    for (const { data } of recorded.values()) {
      if (data.content === undefined) continue
      const summary = summaryOf(data.content)
      expect(summary).toMatch(/^\S.*\S$|^\S$/)
      expect(summary.length).toBeLessThanOrEqual(1_024)
      expect(summary).not.toContain("undefined")
    }
  })

  it("is shown by GET /v1/messages/:id with content, context and summary", async () => {
    for (const id of recorded.keys()) {
      const { status, body } = await gateway.get(`/v1/messages/${id}`, { token })
      expect(status, id).toBe(200)
      expect(body.content?.kind).toBe(recorded.get(id)?.data.content?.kind)
      expect(JSON.stringify(body)).not.toContain("mediaKey")
    }
  })

  it("is listed among the messages of its chat, with the same summary", async () => {
    const listed = new Map<string, { readonly kind: string; readonly summary: string }>()
    for (let after = ""; ; ) {
      const { body } = await gateway.get(`/v1/devices/${ME}/chats/${BETO}/messages?limit=100${after}`, { token })
      for (const message of body.items) listed.set(message.id, message)
      if (body.next === null) break
      after = `&after=${body.next}`
    }
    for (const [id, { type, data }] of recorded) {
      if (type !== "message.received") continue
      expect(listed.get(id), id).toMatchObject({ kind: data.content.kind, summary: summaryOf(data.content) })
    }
  })
})

describe("a message of a kind that no release knows", () => {
  it("[IN-1] keeps its bytes, so that a later release can read it", () => {
    const content = recorded.get(idOf("later"))?.data.content
    expect(content).toMatchObject({ kind: "unknown", name: null, size: ofLaterRelease.length })
    expect(Buffer.from(content.bytes, "base64")).toEqual(ofLaterRelease)
  })

  it("that is longer than the gateway keeps is recorded with its size", () => {
    expect(recorded.get(idOf("long"))?.data.content).toEqual({
      kind: "unknown",
      name: null,
      bytes: null,
      size: 70_000 + field(9_999).length
    })
  })
})

describe("once the contact is erased", () => {
  /** How a text looks inside base64, whatever stands before and after it. */
  const inBase64 = (text: string) =>
    ["", "x", "xx"].map((before) =>
      Buffer.from(before + text)
        .toString("base64")
        .slice(4, -4)
    )

  it("[LOG-8] none of the words of any kind is in a file of the gateway", async () => {
    const unknown = messageFields.filter((each) => recorded.get(idOf(each))?.data.content?.kind === "unknown")
    const forms = [["-word"], [ofLaterRelease.toString("base64")], ...unknown.map((each) => inBase64(`${each}-word-0`))]
    const isIn = (form: string) => filesWith(gateway.directory, form).length > 0
    const found = () => forms.filter((each) => each.some(isIn))
    expect(unknown).not.toEqual([])
    expect(found()).toEqual(forms)
    const answer = await gateway.call("DELETE", `/v1/contacts/${BETO}/content?reason=request`, { operator: true })
    expect(answer.status).toBe(200)
    expect(found()).toEqual([])
    expect((await gateway.call("GET", "/v1/audit/verify", { operator: true })).body).toMatchObject({ valid: true })
  })
})
