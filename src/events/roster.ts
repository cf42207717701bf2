/** All events of the stream `roster/<device id>`: what the account of a device knows of people, chats and groups. */
import { callEvents } from "./call.ts"
import { chatEvents } from "./chat.ts"
import { contactEvents } from "./contact.ts"
import type { EventOf } from "./definition.ts"
import { groupEvents } from "./group.ts"
import { labelEvents } from "./label.ts"
import { markEvents } from "./mark.ts"

export const rosterEvents = [
  ...contactEvents,
  ...chatEvents,
  ...groupEvents,
  ...labelEvents,
  ...markEvents,
  ...callEvents
] as const

export type RosterEvent = EventOf<(typeof rosterEvents)[number]>
