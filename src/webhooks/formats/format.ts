/** What a webhook format is: a pure function of an event and of what belongs to it. Each format is one file. Read this first. */
import type { ChatView, MessageView } from "../../application/chats.ts"
import type { GroupView } from "../../application/groups.ts"
import type { AnyEvent } from "../../events/catalog.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { WebhookFormat } from "../../events/webhook.ts"

/** An event that is told, and what a format may need to tell it. */
export interface Telling {
  readonly event: RecordedEvent
  /** The event as this release reads it; null if its payload was erased. */
  readonly read: AnyEvent | null
  /** Null for an event that is not about a device. */
  readonly device: ToldDevice | null
  /** The file of the message, if the format needs it, and it is there and not too large. */
  readonly file: ToldFile | null
  /** The QR or the pairing code that the event announced, while it can still be used. */
  readonly secret: string | null
  /** The event with the content of the message that this event is about; null if it is not known. */
  readonly original: Dated | null
  /** The chat that the event changed, as it is when the event is told; null if the format needs none, or it is not known. */
  readonly chat: ToldChat | null
}

export interface ChatNames {
  readonly chat: string
  readonly chatAlt: string | null
}

export interface ToldChat {
  readonly view: ChatView
  /** For the chat of a group. */
  readonly group: GroupView | undefined
  readonly last: MessageView | undefined
}

/** An event, and when it was recorded (epoch milliseconds). */
export interface Dated {
  readonly event: AnyEvent
  readonly recordedAt: number
}

export interface ToldDevice {
  readonly id: string
  /** What the other gateways call a session: the session's name, or else the device's id. */
  readonly sessionId: string
  readonly number: string | null
}

export interface ToldFile {
  readonly base64: string
  readonly bytes: number
}

export type Need = "file" | "qr" | "code" | "original"

export interface Format {
  readonly name: WebhookFormat
  /** The types that it can tell; undefined for all. */
  readonly types: readonly AnyEvent["type"][] | undefined
  /** It has no word for anything but devices, and knows only those of one owner. */
  readonly isOfOwner: boolean
  readonly needs: (event: AnyEvent) => Need | undefined
  /** The chat that it needs to tell the event, by its names as events have them. */
  readonly chatOf?: (event: AnyEvent) => ChatNames | undefined
  /** What a test call posts. `at`: ISO 8601. JSON. */
  readonly sample: (at: string) => string
  /** The bodies to post, in order; none if there is nothing to tell. JSON. */
  readonly bodies: (telling: Telling) => readonly string[]
}
