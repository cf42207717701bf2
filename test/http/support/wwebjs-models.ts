/** The fields of wwebjs' JSON models. */

/** Of a chat with a last message. */
export const CHAT_FIELDS = [
  "id",
  "name",
  "isGroup",
  "isReadOnly",
  "unreadCount",
  "timestamp",
  "archived",
  "pinned",
  "isLocked",
  "isMuted",
  "muteExpiration",
  "lastMessage"
]

/** Of a contact that WhatsApp gives no name. */
export const CONTACT_FIELDS = [
  "id",
  "number",
  "isBusiness",
  "isEnterprise",
  "labels",
  "sectionHeader",
  "statusMute",
  "type",
  "verifiedLevel",
  "verifiedName",
  "isMe",
  "isUser",
  "isGroup",
  "isWAContact",
  "isMyContact",
  "isBlocked"
]

/** Of a channel of which no post is known. */
export const CHANNEL_FIELDS = [
  "channelMetadata",
  "id",
  "name",
  "description",
  "isChannel",
  "isGroup",
  "isReadOnly",
  "unreadCount",
  "timestamp",
  "isMuted",
  "muteExpiration"
]

/** Of every message; others come with some kinds of content. */
export const MESSAGE_FIELDS = [
  "_data",
  "id",
  "ack",
  "hasMedia",
  "body",
  "type",
  "timestamp",
  "from",
  "to",
  "deviceType",
  "isForwarded",
  "forwardingScore",
  "isStatus",
  "isStarred",
  "broadcast",
  "fromMe",
  "hasQuotedMsg",
  "hasReaction",
  "vCards",
  "mentionedIds",
  "groupMentions",
  "isGif",
  "isEphemeral",
  "links"
]
