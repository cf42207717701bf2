/** One line that says what a message is, for lists of chats and for people who read a log. Pure. */
import type { IncomingContent, OutgoingContent } from "./content.ts"

const SUMMARY_MAX = 1_024

/** What a person would read of the message; never empty. */
export const summaryOf = (content: OutgoingContent | IncomingContent): string => {
  const line = lineOf(content).replaceAll(/\s+/g, " ").trim()
  return line.length > SUMMARY_MAX ? `${line.slice(0, SUMMARY_MAX - 1).toWellFormed()}…` : line
}

const lineOf = (content: OutgoingContent | IncomingContent): string => {
  switch (content.kind) {
    case "text":
      return content.text || tagged("empty text")
    case "document":
    case "image":
    case "video":
    case "audio":
    case "sticker":
      return tagged(fileWord(content), "filename" in content ? content.filename : undefined, content.caption)
    case "location":
      return tagged(
        content.live ? "live location" : "location",
        content.name,
        content.text ?? content.address,
        coordinates(content)
      )
    case "contacts":
      return tagged(
        content.contacts.length === 1 ? "contact" : "contacts",
        content.contacts.map(({ name }) => name).join(", ")
      )
    case "poll":
      return tagged("poll", content.name, content.options.join(" / "))
    case "pollResult":
      return tagged(
        "poll result",
        content.name,
        content.results.map(({ option, votes }) => `${option}: ${votes}`).join(", ")
      )
    case "event":
      return tagged(
        content.canceled ? "canceled event" : "event",
        content.name,
        isoTime(content.startsAt),
        content.location?.name
      )
    case "interactive":
      return (
        [content.title, content.text, content.footer, ...(content.cards ?? []).map(({ text }) => text)]
          .filter(Boolean)
          .concat(
            content.choices.length > 0 ? `[${content.choices.map(({ text, id }) => text || id).join(" / ")}]` : []
          )
          .join(" ") || tagged(content.form)
      )
    case "choice":
      return content.text ?? content.id ?? tagged("choice")
    case "product":
      return tagged("product", content.title, moneyText(content.salePrice ?? content.price), content.text)
    case "order":
      return tagged("order", content.title ?? content.orderId, moneyText(content.total), content.text)
    case "payment":
      return tagged(`payment ${content.action}`, moneyText(content.total), content.text)
    case "groupInvite":
      return tagged("invitation to a group", content.name ?? content.group, content.text)
    case "channelInvite":
      return tagged("invitation to a channel", content.name ?? content.channel, content.text)
    case "album":
      return tagged("album", `${content.images} pictures, ${content.videos} videos`)
    case "stickerPack":
      return tagged("sticker pack", content.name, content.text)
    case "call":
      return tagged(content.video ? "video call" : "call", content.title, content.outcome, isoTime(content.at ?? null))
    case "notice":
      return tagged(
        notices[content.notice],
        content.text,
        content.seconds === undefined ? undefined : `${content.seconds} s`
      )
    case "sealed":
      return tagged("encrypted", content.sealed.type)
    case "unavailable":
      return tagged(unavailable[content.reason])
    case "unknown":
      return tagged("not understood", content.name)
  }
}

const notices = {
  expirationChanged: "disappearing messages changed",
  numberShared: "telephone number shared",
  numberRequested: "telephone number requested",
  sharingLimited: "sharing limited",
  sharingAllowed: "sharing allowed",
  memberLabelChanged: "label changed",
  welcomeRequested: "chat opened",
  callCanceled: "planned call canceled"
} as const

const unavailable = {
  viewOnce: "view once: only the phone shows it",
  masked: "only the phone shows it",
  unreadable: "could not be decrypted",
  withheld: "only the phone has it"
} as const

type Detail = string | null | undefined

const tagged = (tag: string, ...details: readonly Detail[]): string =>
  [`[${tag}]`, ...details].filter((detail) => detail !== null && detail !== undefined && detail !== "").join(" ")

type File = Extract<OutgoingContent | IncomingContent, { readonly caption?: string }>

const fileWord = (file: File): string => {
  if (file.voiceNote) return "voice note"
  return "videoNote" in file && file.videoNote ? "video note" : file.kind
}

const coordinates = (place: { readonly latitude: number | null; readonly longitude: number | null }): Detail =>
  place.latitude === null || place.longitude === null ? undefined : `(${place.latitude}, ${place.longitude})`

const isoTime = (time: number | null): Detail =>
  time === null || time > TIME_MAX ? undefined : new Date(time).toISOString()

/** The last millisecond that a Date can hold. */
const TIME_MAX = 8_640_000_000_000_000

const moneyText = (money: { readonly currency: string | null; readonly amount: number } | undefined): Detail =>
  money && `${money.amount}${money.currency === null ? "" : ` ${money.currency}`}`
