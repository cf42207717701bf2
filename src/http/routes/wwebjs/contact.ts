/** `/contact/…`: one contact. */
import { Effect } from "effect"
import { getChat } from "../../../application/chats.ts"
import { peopleBy } from "../../../application/names.ts"
import { callingCodeOf, formattedNumber } from "../../../application/telephone-numbers.ts"
import { chatKey } from "../../../events/roster-key.ts"
import { isGroupJid } from "../../../whatsapp/jid.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { Refusal } from "./answers.ts"
import { call, type OnSession, operateOn } from "./call.ts"
import { chatModels } from "./chat-lookup.ts"
import { commonGroups, pictureUrl } from "./client-contacts.ts"
import { findContactModel } from "./contact-lookup.ts"
import { ChatId } from "./fields.ts"
import { emptyChat } from "./models/empty-chat.ts"
import { resultOf } from "./outcome.ts"

const common = { fields: { contactId: ChatId }, example: { contactId: `${EXAMPLE.contact}@c.us` } }

const notFound = new Refusal(500, "Contact not found")

/** A contact that the session, or WhatsApp, knows. */
const knownContact = (on: OnSession, jid: string) =>
  Effect.flatMap(findContactModel(on, jid), (contact) =>
    contact === undefined ? Effect.fail(notFound) : Effect.succeed(contact)
  )

/** The contact's telephone number; undefined where it is not known. */
const numberOf = (on: OnSession, jid: string) =>
  Effect.map(knownContact(on, jid), ({ number, id }) => (id.server === "c.us" ? number : undefined))

const chatOf = (on: OnSession, jid: string) =>
  Effect.gen(function* () {
    const { principal, device } = on
    const { key } = chatKey(jid, null)
    const people = yield* peopleBy(device.deviceNumber, [key])
    const { name } = people(key)
    const chat = yield* getChat(principal, device.id, jid).pipe(
      Effect.catchTag("ChatNotFound", () => Effect.succeed(emptyChat(key, isGroupJid(jid) ? null : people(key), name)))
    )
    const [model] = yield* chatModels(on, [chat])
    return model
  })

export const contactRoutes: readonly Route[] = [
  call({
    path: "/contact/getClassInfo",
    summary: "Get a contact",
    ...common,
    run: ({ contactId }, on) => Effect.map(knownContact(on, contactId), (contact) => ({ contact }))
  }),
  call({
    path: "/contact/block",
    summary: "Block a contact",
    scope: "manage",
    ...common,
    run: ({ contactId: person }, on) =>
      Effect.gen(function* () {
        const { isGroup } = yield* knownContact(on, person)
        return isGroup ? { result: false } : yield* resultOf(operateOn(on, "contact.block", { person }))
      })
  }),
  call({
    path: "/contact/unblock",
    summary: "Unblock a contact",
    scope: "manage",
    ...common,
    run: ({ contactId: person }, on) =>
      Effect.gen(function* () {
        const { isGroup } = yield* knownContact(on, person)
        return isGroup ? { result: false } : yield* resultOf(operateOn(on, "contact.unblock", { person }))
      })
  }),
  call({
    path: "/contact/getAbout",
    summary: "Get the text that a contact shows beside the name",
    ...common,
    run: ({ contactId: person }, on) =>
      Effect.gen(function* () {
        const { isGroup } = yield* knownContact(on, person)
        if (isGroup) return { result: null }
        const { about } = yield* operateOn(on, "contact.about", { person })
        return { result: about }
      })
  }),
  call({
    path: "/contact/getChat",
    summary: "Get the chat with a contact",
    ...common,
    run: ({ contactId }, on) =>
      Effect.gen(function* () {
        const { isMe } = yield* knownContact(on, contactId)
        return { result: isMe ? null : yield* chatOf(on, contactId) }
      })
  }),
  call({
    path: "/contact/getFormattedNumber",
    summary: "Write the telephone number of a contact for people",
    ...common,
    run: ({ contactId }, on) =>
      Effect.map(numberOf(on, contactId), (number) => (number === undefined ? {} : { result: formattedNumber(number) }))
  }),
  call({
    path: "/contact/getCountryCode",
    summary: "Get the country code of a contact's telephone number",
    ...common,
    run: ({ contactId }, on) =>
      Effect.map(numberOf(on, contactId), (number) => ({
        result: number === undefined ? undefined : (callingCodeOf(number) ?? undefined)
      }))
  }),
  call({
    path: "/contact/getProfilePicUrl",
    summary: "Get where the picture of a contact is",
    ...common,
    run: ({ contactId }, on) =>
      Effect.gen(function* () {
        yield* knownContact(on, contactId)
        return { result: (yield* pictureUrl(on, contactId)) ?? null }
      })
  }),
  call({
    path: "/contact/getCommonGroups",
    summary: "List the groups that a contact and the account are both in",
    ...common,
    run: ({ contactId }, on) =>
      Effect.gen(function* () {
        const { isGroup, isMe } = yield* knownContact(on, contactId)
        return { result: isGroup || isMe ? [] : yield* commonGroups(on, contactId) }
      })
  })
]
