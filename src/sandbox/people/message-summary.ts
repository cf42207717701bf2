/**
 * Says what a received message is, for tests and the control API. What is encrypted once more with the secret of another
 * message (votes, answers to events, sealed edits) is opened in sealed-content.ts.
 */
import { normalizeMessageContent, proto } from "@whiskeysockets/baileys"

/** The content of a message, as tests and the control API show it. */
export interface MessageSummary {
  /**
   * `text`, `image`, `video`, `ptv`, `audio`, `document`, `sticker`, `location`, `liveLocation`, `contact`, `poll`, `vote`, `event`,
   * `answer`, `reaction`, `edit`, `revoke`, `pin`, `keep`, `disappearing`; any other: the name of its field.
   */
  readonly type: string
  /**
   * The text, the caption, the new text of an edit, the emoji of a reaction, the question of a poll, the name of an event, of a place
   * or of a contact, or the answer to an event.
   */
  readonly text?: string
  readonly filename?: string
  readonly mimetype?: string
  /** Whether audio is a voice note. */
  readonly ptt?: boolean
  /** Seconds of audio or video. */
  readonly seconds?: number
  /** The message that a reaction, an edit, a revoke, a vote, an answer, a pin or a keep is about, or that a reply quotes. */
  readonly target?: string
  /** The jid of the author of the quoted message. */
  readonly quotedFrom?: string
  /** The jid of the author of the message that an administrator of a group deletes. */
  readonly revokedFrom?: string
  /** The options of a poll, or those of a vote. */
  readonly options?: readonly string[]
  /** How many options a vote may have; 0 for any number. */
  readonly selectable?: number
  readonly latitude?: number
  readonly longitude?: number
  readonly address?: string
  readonly contacts?: readonly { readonly name: string; readonly vcard: string }[]
  /** Whether a pin or a keep is set; false takes it back. */
  readonly active?: boolean
  /** How long a pin holds, in seconds. */
  readonly pinSeconds?: number
  /** The disappearing timer of the message, or that which the message sets; 0 for none. */
  readonly expiresInSeconds?: number
  readonly viewOnce?: true
  readonly forwarded?: true
  /** How often the message was forwarded before. */
  readonly forwardingScore?: number
  /** The jids that the message mentions. */
  readonly mentions?: readonly string[]
  /** Whether it mentions all members of the group. */
  readonly mentionsAll?: true
}

/** The field of each kind of media. */
export const MEDIA_FIELDS = [
  ["imageMessage", "image"],
  ["videoMessage", "video"],
  ["ptvMessage", "ptv"],
  ["audioMessage", "audio"],
  ["documentMessage", "document"],
  ["stickerMessage", "sticker"]
] as const

/** Fields that accompany content. */
const NOT_CONTENT = new Set(["senderKeyDistributionMessage", "messageContextInfo", "protocolMessage"])

/** Summarises a message. Returns undefined when it has no content to show (keys, peer data). */
export function summarise(message: proto.IMessage): MessageSummary | undefined {
  const content = normalizeMessageContent(message)
  if (content === undefined) return undefined
  const summary =
    protocolSummary(content) ??
    mediaSummary(content) ??
    actionSummary(content) ??
    placeSummary(content) ??
    cardSummary(content) ??
    pollSummary(content) ??
    textSummary(content) ??
    otherSummary(content)
  return summary === undefined ? undefined : { ...summary, ...circumstances(message, content) }
}

/** The property if it has a value, else an empty object. Spread it where an optional property must not be undefined. */
export function present<K extends string, V>(name: K, value: V | null | undefined): { [P in K]?: V } {
  return value === null || value === undefined || value === "" ? {} : ({ [name]: value } as { [P in K]?: V })
}

/** Of an edit, a deletion, or another disappearing timer for the chat. */
export function protocolSummary(content: proto.IMessage): MessageSummary | undefined {
  const { protocolMessage: protocol } = content
  const { Type } = proto.Message.ProtocolMessage
  const target = present("target", protocol?.key?.id)
  switch (protocol?.type) {
    case Type.REVOKE: {
      const author = protocol.key?.fromMe === true ? undefined : protocol.key?.participant
      return { type: "revoke", ...target, ...present("revokedFrom", author) }
    }
    case Type.EPHEMERAL_SETTING:
      return { type: "disappearing", expiresInSeconds: protocol.ephemeralExpiration ?? 0 }
    case Type.MESSAGE_EDIT: {
      const edited = summarise(protocol.editedMessage ?? {})
      return { type: "edit", ...present("text", edited?.text), ...present("mentions", edited?.mentions), ...target }
    }
    default:
      return undefined
  }
}

function mediaSummary(content: proto.IMessage): MessageSummary | undefined {
  for (const [field, type] of MEDIA_FIELDS) {
    const media = content[field]
    if (media === null || media === undefined) continue
    return {
      type,
      ...present("text", "caption" in media ? media.caption : undefined),
      ...present("filename", "fileName" in media ? media.fileName : undefined),
      ...present("mimetype", media.mimetype),
      ...present("ptt", "ptt" in media && media.ptt === true ? true : undefined),
      ...present("seconds", "seconds" in media ? media.seconds : undefined)
    }
  }
  return undefined
}

/** Of what is done to an earlier message. */
function actionSummary(content: proto.IMessage): MessageSummary | undefined {
  const { reactionMessage: reaction, pinInChatMessage: pin, keepInChatMessage: keep } = content
  if (reaction) return { type: "reaction", text: reaction.text ?? "", ...present("target", reaction.key?.id) }
  if (pin) {
    const { PIN_FOR_ALL } = proto.Message.PinInChatMessage.Type
    const seconds = content.messageContextInfo?.messageAddOnDurationInSecs
    const active = pin.type === PIN_FOR_ALL
    return { type: "pin", active, ...present("target", pin.key?.id), ...present("pinSeconds", seconds) }
  }
  if (!keep) return undefined
  return { type: "keep", active: keep.keepType === proto.KeepType.KEEP_FOR_ALL, ...present("target", keep.key?.id) }
}

function placeSummary(content: proto.IMessage): MessageSummary | undefined {
  const { locationMessage: place, liveLocationMessage: live } = content
  const found = place ?? live
  if (!found) return undefined
  return {
    type: live ? "liveLocation" : "location",
    latitude: found.degreesLatitude ?? 0,
    longitude: found.degreesLongitude ?? 0,
    ...present("text", live ? live.caption : place?.name),
    ...present("address", place?.address)
  }
}

function cardSummary(content: proto.IMessage): MessageSummary | undefined {
  const { contactMessage: card, contactsArrayMessage: list } = content
  const cards = card ? [card] : list?.contacts
  if (!cards) return undefined
  const contacts = cards.map(({ displayName, vcard }) => ({ name: displayName ?? "", vcard: vcard ?? "" }))
  return { type: "contact", ...present("text", (card ?? list)?.displayName), contacts }
}

function pollSummary(content: proto.IMessage): MessageSummary | undefined {
  const poll = pollOf(content)
  if (poll) {
    const options = (poll.options ?? []).map(({ optionName }) => optionName ?? "")
    return { type: "poll", ...present("text", poll.name), options, selectable: poll.selectableOptionsCount ?? 0 }
  }
  const { eventMessage: event, pollUpdateMessage: vote, encEventResponseMessage: answer } = content
  if (event) return { type: "event", ...present("text", event.name) }
  if (vote) return { type: "vote", ...present("target", vote.pollCreationMessageKey?.id) }
  return answer ? { type: "answer", ...present("target", answer.eventCreationMessageKey?.id) } : undefined
}

/** The poll in a message. */
export function pollOf(content: proto.IMessage): proto.Message.IPollCreationMessage | null | undefined {
  return content.pollCreationMessage ?? content.pollCreationMessageV2 ?? content.pollCreationMessageV3
}

function textSummary(content: proto.IMessage): MessageSummary | undefined {
  const text = content.conversation || content.extendedTextMessage?.text
  return text ? { type: "text", text } : undefined
}

function otherSummary(content: proto.IMessage): MessageSummary | undefined {
  const field = Object.entries(content).find(
    ([name, value]) => value !== null && value !== undefined && !NOT_CONTENT.has(name)
  )
  return field === undefined ? undefined : { type: field[0].replace(/Message(?:V\d)?$/, "") }
}

/** What does not depend on the kind of message: quote, mentions, forwarding, timer, view once. */
function circumstances(message: proto.IMessage, content: proto.IMessage): Partial<MessageSummary> {
  const context = contextOf(content)
  const isOnce =
    message.viewOnceMessage || message.viewOnceMessageV2 || message.viewOnceMessageV2Extension || isViewOnce(content)
  return {
    ...present("target", context?.stanzaId),
    ...present("quotedFrom", context?.stanzaId ? context.participant : undefined),
    ...present("mentions", context?.mentionedJid?.length ? context.mentionedJid : undefined),
    ...present("mentionsAll", context?.nonJidMentions ? (true as const) : undefined),
    ...present("forwarded", context?.isForwarded === true ? (true as const) : undefined),
    ...present("forwardingScore", context?.forwardingScore || undefined),
    ...present("expiresInSeconds", context?.expiration || undefined),
    ...present("viewOnce", isOnce ? (true as const) : undefined)
  }
}

function isViewOnce({ imageMessage, videoMessage, audioMessage }: proto.IMessage): boolean {
  return [imageMessage, videoMessage, audioMessage].some((media) => media?.viewOnce === true)
}

function contextOf(content: proto.IMessage): proto.IContextInfo | undefined {
  for (const field of Object.values(content) as ({ contextInfo?: proto.IContextInfo | null } | null | undefined)[]) {
    if (typeof field === "object" && field?.contextInfo) return field.contextInfo
  }
  return undefined
}
