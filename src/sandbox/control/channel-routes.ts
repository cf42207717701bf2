/** The routes about the channels of a phone or contact. */
import type { Person } from "../people/person.ts"
import { REACTION_SETTINGS } from "../state/channels.ts"
import type { ControlBody } from "./body.ts"
import type { ControlRequest, Route } from "./route.ts"

const ACTIONS = [
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

/** `at`: the path of the person. */
export function channelRoutes(at: string, person: (request: ControlRequest) => Person): Route[] {
  return [
    {
      method: "POST",
      path: `${at}/channels`,
      help: "{name, description?}: creates a channel → {id, invite}",
      run: (request) => {
        const { body } = request
        const description = body.has("description") ? body.text("description") : undefined
        return person(request).channels.create(body.text("name"), description)
      }
    },
    {
      method: "POST",
      path: `${at}/channels/:id`,
      help: `{action: ${ACTIONS.join("|")}, number?, name?, description?, reactions?}: acts on a channel`,
      run: (request) => {
        act(person(request), request.params["id"] ?? "", request.body)
        return {}
      }
    }
  ]
}

function act({ channels }: Person, channel: string, body: ControlBody): void {
  const action = body.oneOf("action", ACTIONS)
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
