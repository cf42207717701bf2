/** Reads what a person is to send from the body of a control request. */
import type { OutgoingPlace } from "../people/chat-content.ts"
import type { Outgoing } from "../people/outgoing.ts"
import type { SendOptions } from "../people/person.ts"
import type { ControlBody } from "./body.ts"

/** What the list of routes says about such a body. */
export const SENDABLE =
  "{to, id?, withheld?, text+quote? | mediaBase64+mimetype+filename?+caption?+ptt?+as? | text+edit+sealed? | revoke | react+target | poll: {name, options, selectable?} | vote+options | event: {name, startsAt?, description?} | answer+event+extraGuests? | location: {latitude, longitude, name?, address?, live?} | contacts: [{name, vcard}] | pin+seconds | keep+active | disappearing | proto, mentions?, forwardingScore?, expiresInSeconds?, viewOnce?}"

export function readSendOptions(body: ControlBody): SendOptions {
  return {
    ...body.optional("id", (name) => body.text(name)),
    ...body.optional("withheld", (name) => body.anyText(name)),
    ...body.optional("mentions", (name) => body.texts(name)),
    ...body.optional("forwardingScore", (name) => body.number(name)),
    ...body.optional("expiresInSeconds", (name) => body.number(name)),
    ...body.optional("viewOnce", (name) => body.boolean(name))
  }
}

export function readOutgoing(body: ControlBody): Outgoing {
  const text = (name: string): string => body.text(name)
  if (body.has("mediaBase64")) {
    return {
      media: body.bytes("mediaBase64"),
      mimetype: body.text("mimetype"),
      ...body.optional("filename", text),
      ...body.optional("caption", text),
      ...body.optional("ptt", (name) => body.boolean(name)),
      ...body.optional("as", (name) => body.oneOf(name, ["document", "sticker"]))
    }
  }
  if (body.has("revoke")) return { revoke: body.text("revoke") }
  if (body.has("react")) return { react: body.anyText("react"), target: body.text("target") }
  if (body.has("edit")) {
    const sealed = body.optional("sealed", (name) => body.boolean(name))
    return { edit: body.text("edit"), text: body.text("text"), ...sealed }
  }
  if (body.has("poll")) {
    const poll = body.object("poll")
    const selectable = poll.optional("selectable", (name) => poll.number(name))
    return { poll: { name: poll.text("name"), options: poll.texts("options"), ...selectable } }
  }
  if (body.has("vote")) return { vote: body.text("vote"), options: body.texts("options") }
  if (body.has("answer")) {
    return {
      answer: body.oneOf("answer", ["going", "notGoing", "maybe"]),
      event: body.text("event"),
      ...body.optional("extraGuests", (name) => body.number(name))
    }
  }
  if (body.has("event")) {
    const event = body.object("event")
    const startsAt = event.optional("startsAt", (name) => event.number(name))
    const description = event.optional("description", (name) => event.text(name))
    return { event: { name: event.text("name"), ...startsAt, ...description } }
  }
  if (body.has("location")) return { location: readPlace(body.object("location")) }
  if (body.has("contacts")) {
    const contacts = body.objects("contacts")
    return { contacts: contacts.map((card) => ({ name: card.text("name"), vcard: card.text("vcard") })) }
  }
  if (body.has("pin")) return { pin: body.text("pin"), seconds: body.number("seconds") }
  if (body.has("keep")) return { keep: body.text("keep"), active: body.boolean("active") }
  if (body.has("disappearing")) return { disappearing: body.number("disappearing") }
  return { text: body.text("text"), ...body.optional("quote", text) }
}

function readPlace(body: ControlBody): OutgoingPlace {
  const text = (name: string): string => body.text(name)
  return {
    latitude: body.coordinate("latitude"),
    longitude: body.coordinate("longitude"),
    ...body.optional("name", text),
    ...body.optional("address", text),
    ...body.optional("live", (name) => body.boolean(name))
  }
}
