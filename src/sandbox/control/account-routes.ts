/** Routes about the groups and the profile of a phone or contact: what it has, and what it changes. */
import type { Person } from "../people/person.ts"
import { PRIVACY_CATEGORIES } from "../people/profile.ts"
import { checkedPhoneNumber } from "../state/phone-number.ts"
import type { ControlRequest, Route } from "./route.ts"

/** The routes below a path such as `/phones/:number`. */
export function accountRoutes(at: string, person: (request: ControlRequest) => Person): Route[] {
  const get = (path: string, help: string, show: (shown: Person) => unknown): Route => ({
    method: "GET",
    path: `${at}/${path}`,
    help,
    run: (request) => show(person(request))
  })
  const post = (path: string, help: string, change: (changed: Person, request: ControlRequest) => unknown): Route => ({
    method: "POST",
    path: `${at}/${path}`,
    help,
    run: async (request) => (await change(person(request), request)) ?? {}
  })
  return [
    get("groups", "lists its groups and communities, with members and settings", ({ groups }) => groups.all),
    post("groups/join", "{code}: joins by an invite code", ({ groups }, { body }) => ({
      state: groups.join(body.text("code"))
    })),
    post("groups/leave", "{id}: leaves a group", ({ groups }, { body }) => groups.leave(body.text("id"))),
    post("groups/decide", "{id, number, approve}: approves or rejects a request to join", ({ groups }, { body }) =>
      groups.decide(body.text("id"), checkedPhoneNumber(body.text("number")), body.boolean("approve"))
    ),
    get("profile", "what it shows about itself, and to whom", ({ name, profile }) => {
      const { about, picture, business, privacy, disappearingSeconds, blocked } = profile
      return { name, about, pictureId: picture?.id, business, privacy, disappearingSeconds, blocked }
    }),
    post("picture", "{base64?}: sets its picture; without one, removes it", ({ profile }, { body }) =>
      profile.setPicture(body.has("base64") ? body.bytes("base64") : undefined)
    ),
    post(
      "privacy",
      `{category: ${PRIVACY_CATEGORIES.join("|")}, value}: changes a privacy setting`,
      ({ profile }, { body }) => profile.setPrivacy(body.oneOf("category", PRIVACY_CATEGORIES), body.text("value"))
    ),
    post("blocked", "{number, blocked}: blocks or unblocks an account", ({ profile }, { body }) =>
      profile.block(checkedPhoneNumber(body.text("number")), body.boolean("blocked"))
    ),
    post("saved", "{number, name}: saves a number in its address book", ({ profile }, { body }) =>
      profile.save(checkedPhoneNumber(body.text("number")), body.text("name"))
    ),
    post(
      "business",
      "{description?, address?, email?, websites?, category?}: makes it a business",
      ({ profile }, { body }) =>
        profile.setBusiness({
          ...body.optional("description", (name) => body.text(name)),
          ...body.optional("address", (name) => body.text(name)),
          ...body.optional("email", (name) => body.text(name)),
          ...body.optional("websites", (name) => body.texts(name)),
          ...body.optional("category", (name) => body.text(name))
        })
    )
  ]
}
