/** What a request does with the channels of a phone or contact. */
import type { Person } from "../people/person.ts"
import { REACTION_SETTINGS } from "../state/channels.ts"
import type { ControlBody } from "./body.ts"

export const CHANNEL_ACTIONS = [
  "follow",
  "unfollow",
  "mute",
  "unmute",
  "update",
  "promote",
  "demote",
  "changeOwner",
  "delete"
] as const

/** Carries out the action that the body names. */
export function actOnChannel({ channels }: Person, channel: string, body: ControlBody): void {
  const action = body.oneOf("action", CHANNEL_ACTIONS)
  switch (action) {
    case "update":
      channels.update(channel, {
        ...body.optional("name", (name) => body.text(name)),
        ...body.optional("description", (name) => body.anyText(name)),
        ...body.optional("reactions", (name) => body.oneOf(name, REACTION_SETTINGS))
      })
      break
    case "promote":
    case "demote":
    case "changeOwner":
      channels[action](channel, body.text("number"))
      break
    case "mute":
    case "unmute":
      channels.mute(channel, action === "mute")
      break
    default:
      channels[action](channel)
  }
}
