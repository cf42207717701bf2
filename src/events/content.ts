/**
 * What a message says: one form for each kind, told apart by `kind`. Plain JSON.
 *
 * A kind has the fields that a client uses. What stands beside the content (a quote, mentions, an ad) is in context.ts. A message that
 * the gateway does not understand keeps its bytes, so that a later release can read it.
 */
import { createHash } from "node:crypto"
import { Schema } from "effect"

const { String: Text, Boolean: Flag, Finite, NullOr, optionalKey: optional } = Schema
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Time = Count

/** A file that this gateway keeps: named by the SHA-256 of its bytes, in the media folder. */
export const MediaFile = Schema.Struct({ sha256: Text, bytes: Count, mimetype: Text })
export type MediaFile = typeof MediaFile.Type

export const MediaKind = Schema.Literals(["document", "image", "video", "audio", "sticker"])
export type MediaKind = typeof MediaKind.Type

/** Where WhatsApp keeps an encrypted file, and the key to it (base64). */
export const RemoteMedia = Schema.Struct({
  directPath: NullOr(Text),
  url: NullOr(Text),
  mediaKey: NullOr(Text),
  fileSha256: NullOr(Text),
  fileEncSha256: NullOr(Text)
})

/** What a message says of its file. Widths are in pixels. */
export const mediaFields = {
  kind: MediaKind,
  mimetype: NullOr(Text),
  bytes: NullOr(Count),
  filename: optional(Text),
  caption: optional(Text),
  /** Audio that was recorded in the chat. */
  voiceNote: optional(Flag),
  /** A round video that was recorded in the chat. */
  videoNote: optional(Flag),
  /** A video that plays like a GIF, or a sticker that moves. */
  animated: optional(Flag),
  seconds: optional(Count),
  width: optional(Count),
  height: optional(Count),
  pages: optional(Count)
}

/** A file that came with a message. */
export const IncomingMedia = Schema.Struct({ ...mediaFields, remote: RemoteMedia })
export type IncomingMedia = typeof IncomingMedia.Type

const TextContent = Schema.Struct({ kind: Schema.Literal("text"), text: Text })

/** What a client gave, if phones would not show it: then it is sent as a document, or converted. */
export const GivenMedia = Schema.Struct({ kind: MediaKind, mimetype: Text })
export type GivenMedia = typeof GivenMedia.Type

/** What a chat shows of a file before it is loaded. */
const preview = {
  seconds: optional(Count),
  width: optional(Count),
  height: optional(Count),
  /** A small JPEG, base64. */
  thumbnail: optional(Text),
  /** How loud a voice note is in the course of it: 64 values of 0 to 100, base64. */
  waveform: optional(Text)
}
const Preview = Schema.Struct(preview)
export type Preview = typeof Preview.Type

const Place = { latitude: NullOr(Finite), longitude: NullOr(Finite), name: optional(Text), address: optional(Text) }

/** `live`: the sender shared how it moves; this is where it began. */
const LocationContent = Schema.Struct({
  kind: Schema.Literal("location"),
  ...Place,
  url: optional(Text),
  text: optional(Text),
  live: optional(Flag),
  accuracyMeters: optional(Count)
})

/** `numbers`: the telephone numbers on WhatsApp that the card names, in digits. */
const ContactsContent = Schema.Struct({
  kind: Schema.Literal("contacts"),
  contacts: Schema.Array(Schema.Struct({ name: Text, vcard: Text, numbers: Schema.Array(Text) }))
})

/** `selectableMax` 0: any number of options. `correct`: the right option of a quiz. */
const PollContent = Schema.Struct({
  kind: Schema.Literal("poll"),
  name: Text,
  options: Schema.Array(Text),
  selectableMax: Count,
  correct: optional(Text)
})

/** The invitation of one person to a group, which only that person can use. */
const GroupInviteContent = Schema.Struct({
  kind: Schema.Literal("groupInvite"),
  group: NullOr(Text),
  name: optional(Text),
  code: optional(Text),
  text: optional(Text),
  expiresAt: NullOr(Time)
})

/** What a client asked to send. */
export const OutgoingContent = Schema.Union([
  TextContent,
  Schema.Struct({
    kind: MediaKind,
    media: MediaFile,
    filename: optional(Text),
    caption: optional(Text),
    voiceNote: optional(Flag),
    /** A video that plays like a GIF. */
    animated: optional(Flag),
    given: optional(GivenMedia),
    ...preview
  }),
  LocationContent,
  ContactsContent,
  PollContent,
  GroupInviteContent
])
export type OutgoingContent = typeof OutgoingContent.Type

/** A button, or a row of a list. `params`: what a native flow says of its button, as the JSON text that it is. */
export const Choice = Schema.Struct({
  text: Text,
  id: optional(Text),
  description: optional(Text),
  section: optional(Text),
  url: optional(Text),
  phone: optional(Text),
  params: optional(Text)
})
export type Choice = typeof Choice.Type

export const Money = Schema.Struct({ currency: NullOr(Text), amount: Finite })

/** The kinds, with `media` as the form of files. */
export const contentWith = <Media extends Schema.Top>(media: Media) => {
  const offer = {
    title: optional(Text),
    text: optional(Text),
    footer: optional(Text),
    media: optional(media),
    location: optional(Schema.Struct(Place)),
    choices: Schema.Array(Choice)
  }
  return Schema.Union([
    TextContent,
    media,
    LocationContent,
    ContactsContent,
    PollContent,
    Schema.Struct({
      kind: Schema.Literal("pollResult"),
      name: Text,
      results: Schema.Array(Schema.Struct({ option: Text, votes: Count }))
    }),
    Schema.Struct({
      kind: Schema.Literal("event"),
      name: Text,
      description: optional(Text),
      location: optional(Schema.Struct(Place)),
      joinLink: optional(Text),
      startsAt: NullOr(Time),
      endsAt: NullOr(Time),
      canceled: Flag,
      guestsAllowed: optional(Flag)
    }),
    /** A message with buttons, a list, or cards. `form`: what WhatsApp calls it. `button`: what opens the list. */
    Schema.Struct({
      kind: Schema.Literal("interactive"),
      form: Text,
      ...offer,
      button: optional(Text),
      cards: optional(Schema.Array(Schema.Struct(offer)))
    }),
    /** The answer to such a message. */
    Schema.Struct({
      kind: Schema.Literal("choice"),
      form: Text,
      id: NullOr(Text),
      text: NullOr(Text),
      description: optional(Text),
      params: optional(Text)
    }),
    /** `seller`: the jid of the business. A catalogue has no `productId`. */
    Schema.Struct({
      kind: Schema.Literal("product"),
      productId: optional(Text),
      retailerId: optional(Text),
      title: NullOr(Text),
      description: optional(Text),
      price: optional(Money),
      salePrice: optional(Money),
      url: optional(Text),
      seller: optional(Text),
      text: optional(Text),
      footer: optional(Text),
      media: optional(media)
    }),
    Schema.Struct({
      kind: Schema.Literal("order"),
      orderId: NullOr(Text),
      title: optional(Text),
      text: optional(Text),
      items: optional(Count),
      total: optional(Money),
      seller: optional(Text),
      status: optional(Text),
      /** What WhatsApp wants to see when it is asked for the order's items. */
      token: optional(Text)
    }),
    Schema.Struct({
      kind: Schema.Literal("payment"),
      action: Schema.Literals(["sent", "requested", "declined", "canceled", "invited", "invoiced"]),
      total: optional(Money),
      text: optional(Text)
    }),
    GroupInviteContent,
    /** `asAdmin`: to run the channel with its owner. */
    Schema.Struct({
      kind: Schema.Literal("channelInvite"),
      channel: NullOr(Text),
      name: optional(Text),
      text: optional(Text),
      asAdmin: Flag,
      expiresAt: NullOr(Time)
    }),
    /** Its pictures and videos come as messages of their own, whose context names it. */
    Schema.Struct({ kind: Schema.Literal("album"), images: Count, videos: Count }),
    Schema.Struct({
      kind: Schema.Literal("stickerPack"),
      name: optional(Text),
      publisher: optional(Text),
      text: optional(Text),
      stickers: Count
    }),
    /** A call as the chat shows it: one that was, or one that is planned. */
    Schema.Struct({
      kind: Schema.Literal("call"),
      video: Flag,
      outcome: optional(Text),
      seconds: optional(Count),
      title: optional(Text),
      at: optional(Time)
    }),
    /** A person changed something about the chat. `seconds`: after how long messages disappear from now on; 0 for never. */
    Schema.Struct({
      kind: Schema.Literal("notice"),
      notice: Schema.Literals([
        "expirationChanged",
        "numberShared",
        "numberRequested",
        "sharingLimited",
        "sharingAllowed",
        "memberLabelChanged",
        "welcomeRequested",
        "callCanceled"
      ]),
      seconds: optional(Count),
      text: optional(Text)
    }),
    /** Encrypted with the secret of a message that is not known here. */
    Schema.Struct({ kind: Schema.Literal("sealed"), sealed: Sealed }),
    /**
     * WhatsApp gave the message without its content. `viewOnce`: only the phone shows it. `masked`: its sender lets no linked device
     * see it. `unreadable`: it could not be decrypted. `withheld`: WhatsApp did not say why.
     */
    Schema.Struct({
      kind: Schema.Literal("unavailable"),
      reason: Schema.Literals(["viewOnce", "masked", "unreadable", "withheld"])
    }),
    /**
     * What this release does not understand. `name`: its field in WhatsApp's protocol; null where the field has no name yet. `bytes`:
     * the message as it came, base64; null where it has more than the gateway keeps.
     */
    Schema.Struct({
      kind: Schema.Literal("unknown"),
      name: NullOr(Text),
      bytes: NullOr(Text),
      size: NullOr(Count)
    })
  ])
}

/** Ciphertext of WhatsApp's (AES-GCM, base64); `type`: what was sealed, as the key is derived from it. */
export const Sealed = Schema.Struct({ type: Text, payload: Text, iv: Text })
export type Sealed = typeof Sealed.Type

/** What arrived. */
export const IncomingContent = contentWith(IncomingMedia)
export type IncomingContent = typeof IncomingContent.Type

/** Bytes of an unknown message, or of something sealed, that are kept at most. */
export const KEPT_BYTES_MAX = 65_536

/** The name by which votes know an option of a poll: SHA-256 of its text, in hex. */
export const optionHash = (option: string): string => createHash("sha256").update(option).digest("hex")

/** Everything in a content that is a file. */
export const mediaIn = (content: IncomingContent): readonly IncomingMedia[] => {
  if ("remote" in content) return [content]
  switch (content.kind) {
    case "product":
      return content.media === undefined ? [] : [content.media]
    case "interactive":
      return [content, ...(content.cards ?? [])].flatMap(({ media }) => media ?? [])
    default:
      return []
  }
}

/**
 * The names, 64 hex digits each, under which the files of a content are kept here. A file that was sent goes by the SHA-256 of its
 * bytes. One that was received goes by its hash and its key together: a hash alone, which any sender can claim, must not open what
 * others were sent.
 */
export const fileNamesOf = (content: OutgoingContent | IncomingContent): readonly string[] =>
  isOutgoingFile(content) ? [content.media.sha256] : mediaIn(content).flatMap((media) => fileNameOf(media) ?? [])

/** Undefined for a file whose message has no valid hash and key. */
export const fileNameOf = ({ remote: { fileSha256, mediaKey } }: IncomingMedia): string | undefined => {
  if (fileSha256 === null || mediaKey === null) return undefined
  const secret = Buffer.concat([Buffer.from(fileSha256, "base64"), Buffer.from(mediaKey, "base64")])
  return secret.length === SECRET_BYTES ? createHash("sha256").update(secret).digest("hex") : undefined
}

/** A SHA-256 and a media key. */
const SECRET_BYTES = 64

/** Whether it is something that is sent from here. A text that was edited elsewhere is. */
export const isOutgoing = (content: OutgoingContent | IncomingContent): content is OutgoingContent =>
  fileless.has(content.kind) || isOutgoingFile(content)

const fileless: ReadonlySet<string> = new Set(["text", "location", "contacts", "poll", "groupInvite"])

type OutgoingFileContent = Extract<OutgoingContent, { readonly media: unknown }>

export const isOutgoingFile = (content: OutgoingContent | IncomingContent): content is OutgoingFileContent =>
  "media" in content && content.media !== undefined && "sha256" in content.media
