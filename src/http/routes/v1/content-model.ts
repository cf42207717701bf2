/** What a message says, as /v1 shows it: as it is recorded, without the keys to its files. GET /v1/messages/:id/media gives the file. */
import { Schema } from "effect"
import {
  contentWith,
  GivenMedia,
  type IncomingContent,
  type IncomingMedia,
  isOutgoingFile,
  mediaFields,
  type OutgoingContent
} from "../../../events/content.ts"

const FileModel = Schema.Struct({
  ...mediaFields,
  given: Schema.optionalKey(
    GivenMedia.annotate({
      description:
        "What the client gave, if phones would not show it. It was sent as a document (`kind`), or converted (`mimetype`)."
    })
  )
})

export const ContentModel = contentWith(FileModel).annotate({
  identifier: "Content",
  description: "By `kind`. Null once it was erased, and for an action on another message."
})

export const contentModel = (content: OutgoingContent | IncomingContent): typeof ContentModel.Encoded => {
  if (isOutgoingFile(content)) {
    const { media, thumbnail: _thumbnail, waveform: _waveform, ...rest } = content
    return { ...rest, mimetype: media.mimetype, bytes: media.bytes }
  }
  if ("remote" in content) return fileModel(content)
  switch (content.kind) {
    case "product":
      return withFile(content)
    case "interactive": {
      const { cards, ...rest } = content
      return { ...withFile(rest), ...(cards === undefined ? {} : { cards: cards.map(withFile) }) }
    }
    default:
      return content
  }
}

const fileModel = ({ remote: _keys, ...file }: IncomingMedia) => file

const withFile = <C extends { readonly media?: IncomingMedia }>({ media, ...rest }: C) => ({
  ...rest,
  ...(media === undefined ? {} : { media: fileModel(media) })
})
