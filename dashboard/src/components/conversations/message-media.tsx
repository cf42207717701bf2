import { useState } from "preact/hooks"
import { mediaPath } from "../../api/conversations.ts"
import type { ChatMessage } from "../../api/models.ts"
import { kindWord } from "../../i18n/message.ts"
import { sizeOf } from "../../i18n/size.ts"
import { text } from "../../i18n/text.ts"
import "./message-media.css"

/** The file of a message: a picture as itself, sound and film to play, all others to download. */
export const MessageMedia = ({ message }: { readonly message: ChatMessage }) => {
  const [hasFailed, setFailed] = useState(false)
  const { id, kind, text: caption, filename, bytes } = message
  const path = mediaPath(id)
  const word = kindWord(kind) ?? kind
  const failed = () => setFailed(true)
  if (hasFailed) return <p class="message-media quiet">{text("conversations.mediaFailed")}</p>
  switch (kind) {
    case "image":
    case "sticker":
      return (
        <a class={`message-media ${kind}`} href={path} target="_blank" rel="noreferrer">
          <img src={path} alt={caption ?? filename ?? word} loading="lazy" onError={failed} />
        </a>
      )
    case "video":
      return (
        <video class="message-media" src={path} aria-label={word} controls preload="none" onError={failed}>
          <track kind="captions" />
        </video>
      )
    case "audio":
      return <audio class="message-media" src={path} aria-label={word} controls preload="none" onError={failed} />
    default:
      return (
        <a class="message-media document" href={path} download={filename ?? ""}>
          <span aria-hidden="true">▤</span>
          <span class="name">{filename ?? word}</span>
          <span class="quiet">{bytes === null ? text("conversations.download") : sizeOf(bytes)}</span>
        </a>
      )
  }
}

const WITH_FILE: ReadonlySet<string> = new Set(["image", "video", "audio", "sticker", "document"])

export const hasFile = ({ kind, summary }: ChatMessage): boolean => WITH_FILE.has(kind) && summary !== null
