/**
 * `/client/…`: what wwebjs-api sets of the browser's page. A gateway has no page: it takes the calls, so that programs go on, and they
 * change nothing that a client of the API could see. Files are fetched as MEDIA_DOWNLOAD says.
 */
import { Effect, Schema } from "effect"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { call } from "./call.ts"
import { ChatId, MessageId, optional } from "./fields.ts"

const flag = { flag: Schema.Boolean }
const nothing = () => Effect.succeed({})

const setting = (name: string, summary: string): Route =>
  call({ path: `/client/${name}`, summary, scope: "manage", fields: flag, example: { flag: true }, run: nothing })

export const clientSettingRoutes: readonly Route[] = [
  setting("setAutoDownloadAudio", "Accepted; MEDIA_DOWNLOAD decides when audio is fetched"),
  setting("setAutoDownloadDocuments", "Accepted; MEDIA_DOWNLOAD decides when documents are fetched"),
  setting("setAutoDownloadPhotos", "Accepted; MEDIA_DOWNLOAD decides when pictures are fetched"),
  setting("setAutoDownloadVideos", "Accepted; MEDIA_DOWNLOAD decides when videos are fetched"),
  call({
    path: "/client/setBackgroundSync",
    summary: "Accepted; there is no browser that could sync in the background",
    scope: "manage",
    fields: { flag: optional(Schema.Boolean) },
    example: { flag: true },
    run: nothing
  }),
  call({
    path: "/client/openChatWindow",
    summary: "Accepted; there is no window",
    fields: { chatId: ChatId },
    example: { chatId: `${EXAMPLE.contact}@c.us` },
    run: nothing
  }),
  call({
    path: "/client/openChatWindowAt",
    summary: "Accepted; there is no window",
    fields: { messageId: MessageId },
    example: { messageId: EXAMPLE.message },
    run: nothing
  })
]
