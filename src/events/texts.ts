/** The texts of a message that a person would search for: what its sender wrote, and the names in it. Pure. */
import type { Choice, IncomingContent, OutgoingContent } from "./content.ts"

/** In the order of the message, without empty ones. Nothing for a message that only the gateway has words for (summary.ts). */
export const textsOf = (content: OutgoingContent | IncomingContent): readonly string[] =>
  allOf(content).filter((text) => typeof text === "string" && text !== "") as readonly string[]

type Given = readonly (string | null | undefined)[]

const allOf = (content: OutgoingContent | IncomingContent): Given => {
  switch (content.kind) {
    case "text":
      return [content.text]
    case "document":
    case "image":
    case "video":
    case "audio":
    case "sticker":
      return [content.filename, content.caption]
    case "location":
      return [content.name, content.address, content.text]
    case "contacts":
      return content.contacts.map(({ name }) => name)
    case "poll":
      return [content.name, ...content.options]
    case "pollResult":
      return [content.name, ...content.results.map(({ option }) => option)]
    case "event":
      return [content.name, content.description, content.location?.name, content.location?.address]
    case "interactive":
      return [content, ...(content.cards ?? [])].flatMap(offered)
    case "choice":
      return [content.text, content.description]
    case "product":
      return [content.title, content.description, content.text, content.footer]
    case "order":
      return [content.title, content.text]
    case "payment":
    case "notice":
      return [content.text]
    case "groupInvite":
    case "channelInvite":
      return [content.name, content.text]
    case "stickerPack":
      return [content.name, content.publisher, content.text]
    case "call":
      return [content.title]
    case "album":
    case "sealed":
    case "unavailable":
    case "unknown":
      return []
  }
}

type Offer = Omit<Extract<IncomingContent, { kind: "interactive" }>, "kind" | "form" | "cards" | "button">

const offered = ({ title, text, footer, location, media, choices }: Offer): Given => [
  title,
  text,
  footer,
  location?.name,
  media?.filename,
  media?.caption,
  ...choices.flatMap((choice: Choice) => [choice.text, choice.description])
]
