/** What a message says, by the field of WhatsApp's protocol that says it. Pure. */
import type { proto } from "@whiskeysockets/baileys"
import { type IncomingContent, KEPT_BYTES_MAX } from "../../../../events/content.ts"
import { base64, compact, count, entries, label, name, words } from "./bounds.ts"
import {
  translateButtons,
  translateButtonsAnswer,
  translateInteractive,
  translateInteractiveAnswer,
  translateList,
  translateListAnswer,
  translateStructured,
  translateTemplate,
  translateTemplateAnswer
} from "./choices.ts"
import {
  translateInvoice,
  translateOrder,
  translatePayment,
  translatePaymentRequest,
  translateProduct
} from "./commerce.ts"
import { translateMedia } from "./media.ts"
import {
  translateCallLog,
  translateChannelInvite,
  translateContacts,
  translateEvent,
  translateGroupInvite,
  translateLiveLocation,
  translateLocation,
  translatePlannedCall,
  translatePoll,
  translatePollResult
} from "./places.ts"
import { unknownBytes, unknownKind } from "./unknown.ts"
import { contentField } from "./unwrap.ts"

type Translators = {
  readonly [F in keyof proto.IMessage]: (given: NonNullable<proto.IMessage[F]>) => IncomingContent | undefined
}

const text = (given: string | null | undefined): IncomingContent => ({ kind: "text", text: words(given) ?? "" })

/** A field that is not here is a kind that the gateway does not understand, or is about another message (deeds.ts). */
const translators: Translators = {
  conversation: text,
  extendedTextMessage: (given) => text(given.text),
  questionResponseMessage: (given) => text(given.text),
  statusQuestionAnswerMessage: (given) => text(given.text),
  statusQuotedMessage: (given) => text(given.text),
  richResponseMessage: ({ submessages }) => {
    const parts = entries(submessages).flatMap(({ messageText }) => messageText ?? [])
    return parts.length > 0 ? text(parts.join("\n")) : undefined
  },

  documentMessage: (given) => translateMedia("document", given),
  imageMessage: (given) => translateMedia("image", given),
  videoMessage: (given) => translateMedia("video", given),
  ptvMessage: (given) => translateMedia("video", given, { videoNote: true }),
  audioMessage: (given) => translateMedia("audio", given),
  stickerMessage: (given) => translateMedia("sticker", given),
  stickerPackMessage: (given) =>
    compact({
      kind: "stickerPack" as const,
      name: label(given.name),
      publisher: label(given.publisher),
      text: words(given.caption ?? given.packDescription),
      stickers: given.stickers?.length ?? 0
    }),
  albumMessage: (given) => ({
    kind: "album",
    images: count(given.expectedImageCount) ?? 0,
    videos: count(given.expectedVideoCount) ?? 0
  }),

  locationMessage: translateLocation,
  liveLocationMessage: translateLiveLocation,
  contactMessage: (given) => translateContacts([given]),
  contactsArrayMessage: (given) => translateContacts(given.contacts ?? []),
  pollCreationMessage: translatePoll,
  pollCreationMessageV2: translatePoll,
  pollCreationMessageV3: translatePoll,
  pollCreationMessageV5: translatePoll,
  pollResultSnapshotMessage: translatePollResult,
  pollResultSnapshotMessageV3: translatePollResult,
  eventMessage: translateEvent,
  callLogMesssage: translateCallLog,
  scheduledCallCreationMessage: translatePlannedCall,
  scheduledCallEditMessage: () => ({ kind: "notice", notice: "callCanceled" }),
  groupInviteMessage: translateGroupInvite,
  newsletterAdminInviteMessage: (given) => translateChannelInvite(given, true),
  newsletterFollowerInviteMessageV2: (given) => translateChannelInvite(given, false),

  templateMessage: translateTemplate,
  highlyStructuredMessage: translateStructured,
  buttonsMessage: translateButtons,
  listMessage: translateList,
  interactiveMessage: translateInteractive,
  templateButtonReplyMessage: translateTemplateAnswer,
  buttonsResponseMessage: translateButtonsAnswer,
  listResponseMessage: translateListAnswer,
  interactiveResponseMessage: translateInteractiveAnswer,

  productMessage: translateProduct,
  orderMessage: translateOrder,
  sendPaymentMessage: ({ noteMessage: note }) => translatePayment("sent", { note }),
  requestPaymentMessage: translatePaymentRequest,
  declinePaymentRequestMessage: () => translatePayment("declined"),
  cancelPaymentRequestMessage: () => translatePayment("canceled"),
  paymentInviteMessage: () => translatePayment("invited"),
  invoiceMessage: translateInvoice,

  requestPhoneNumberMessage: () => ({ kind: "notice", notice: "numberRequested" }),
  placeholderMessage: () => ({ kind: "unavailable", reason: "masked" }),
  viewOnceMessage: () => ({ kind: "unavailable", reason: "viewOnce" }),
  viewOnceMessageV2: () => ({ kind: "unavailable", reason: "viewOnce" }),
  viewOnceMessageV2Extension: () => ({ kind: "unavailable", reason: "viewOnce" }),
  encCommentMessage: ({ encPayload, encIv }) => sealedContent("Enc Comment", encPayload, encIv)
}

/** Of an unwrapped message; undefined for one that says nothing. */
export const translateContent = (message: proto.IMessage): IncomingContent | undefined => {
  const field = contentField(message)
  if (field === undefined) return unknownBytes(message)
  const translate = translators[field] as ((given: unknown) => IncomingContent | undefined) | undefined
  const content = translate?.(message[field])
  return content && isBounded(content) ? content : unknownKind(message, field)
}

/** Each part has its bound; many of them together can be more than one event may hold. */
const isBounded = (content: IncomingContent): boolean => JSON.stringify(content).length <= CONTENT_MAX

const CONTENT_MAX = 500_000

type Bytes = Uint8Array | null | undefined

export const sealedContent = (type: string, payload: Bytes, iv: Bytes): IncomingContent | undefined => {
  const sealed = sealedBytes(type, payload, iv)
  return sealed && { kind: "sealed", sealed }
}

/** Undefined for more bytes than the gateway keeps, and for what cannot be a ciphertext. */
export const sealedBytes = (type: string, payload: Bytes, iv: Bytes) =>
  payload && iv && payload.length > 0 && payload.length <= KEPT_BYTES_MAX && iv.length <= IV_BYTES_MAX
    ? { type: name(type) ?? "", payload: base64(payload), iv: base64(iv) }
    : undefined

const IV_BYTES_MAX = 64
