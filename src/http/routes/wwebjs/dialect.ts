/**
 * The wwebjs dialect: for programs that use wwebjs-api, without a browser. Its webhooks are in src/webhooks/formats/wwebjs.ts.
 */
import type { Route } from "../../declaration.ts"
import type { Dialect } from "../../dialect.ts"
import { answerFailure, documentFailure, failureSchema, refuseInput, unknownRoute, unreadable } from "./answers.ts"
import { channelRoutes } from "./channel.ts"
import { chatRoutes } from "./chat.ts"
import { clientChannelRoutes } from "./client-channels.ts"
import { clientChatRoutes } from "./client-chats.ts"
import { clientContactRoutes } from "./client-contacts.ts"
import { clientGroupRoutes } from "./client-groups.ts"
import { clientLabelRoutes } from "./client-labels.ts"
import { clientMessageRoutes } from "./client-messages.ts"
import { clientMethodRoute } from "./client-methods.ts"
import { clientProfileRoutes } from "./client-profile.ts"
import { clientSettingRoutes } from "./client-settings.ts"
import { contactRoutes } from "./contact.ts"
import { groupChatRoutes } from "./group-chat.ts"
import { liveRoutes } from "./live.ts"
import { localRoutes, type LocalSettings } from "./local.ts"
import { messageDeedRoutes } from "./message-deeds.ts"
import { messageFileRoutes } from "./message-files.ts"
import { messageReadRoutes } from "./message-reads.ts"
import { chatMethodRoute, groupMethodRoute, messageMethodRoute } from "./methods.ts"
import { sessionRoutes } from "./sessions.ts"

export interface WwebjsOptions extends Partial<LocalSettings> {
  /** What stands before every path: empty, or such as `/whatsapp`. */
  readonly basePath?: string
  /** Whether there is `/ws/<session>`. */
  readonly hasWebSocket?: boolean
  /** The data types that no client gets. */
  readonly disabledCallbacks?: readonly string[]
}

/** The paths of wwebjs-api. */
const OWN =
  /^\/(session|client|chat|groupChat|message|contact|channel|ping|localCallbackExample|api-docs|dashboard|ws)(?=[/?]|$)/

const clientRoutes: readonly Route[] = [
  ...clientMessageRoutes,
  ...clientChannelRoutes,
  ...clientChatRoutes,
  ...clientContactRoutes,
  ...clientGroupRoutes,
  ...clientLabelRoutes,
  ...clientProfileRoutes,
  ...clientSettingRoutes
]

const messageRoutes: readonly Route[] = [...messageReadRoutes, ...messageDeedRoutes]

const routesOf = ({ hasWebSocket = true, disabledCallbacks = [], ...local }: WwebjsOptions): readonly Route[] => [
  ...localRoutes({ callbackDirectory: undefined, hasApiDocs: false, ...local }),
  ...sessionRoutes,
  ...clientRoutes,
  clientMethodRoute(clientRoutes),
  ...chatRoutes,
  chatMethodRoute(chatRoutes),
  ...groupChatRoutes,
  groupMethodRoute(groupChatRoutes),
  ...messageRoutes,
  ...messageFileRoutes,
  messageMethodRoute(messageRoutes),
  ...contactRoutes,
  ...channelRoutes,
  ...(hasWebSocket ? liveRoutes(disabledCallbacks) : [])
]

const below = (basePath: string, declared: Route): Route => ({ ...declared, path: `${basePath}${declared.path}` })

export const wwebjs = (options: WwebjsOptions): Dialect => {
  const { basePath = "" } = options
  return {
    name: "wwebjs",
    description: 'For programs that use wwebjs-api. Errors are `{"success":false,"error":"<text>"}`.',
    routes: routesOf(options).map((declared) => below(basePath, declared)),
    owns: (path) => path.startsWith(basePath) && OWN.test(path.slice(basePath.length)),
    excessFields: "ignore",
    refuse: refuseInput,
    whileInProgress: "refuse",
    failureType: "application/json",
    failureName: "WwebjsFailure",
    failureSchema,
    answer: answerFailure,
    document: documentFailure,
    unknownRoute,
    unreadable
  }
}
