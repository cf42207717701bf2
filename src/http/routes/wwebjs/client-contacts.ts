/** `/client/…`: people and numbers. */
import { Effect, Schema } from "effect"
import { listContacts } from "../../../application/contacts.ts"
import { callingCodeOf, formattedNumber } from "../../../application/telephone-numbers.ts"
import { isChannelJid } from "../../../whatsapp/jid.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { Refusal } from "./answers.ts"
import { call, type OnSession, operateOn } from "./call.ts"
import { LISTED_MAX } from "./chat-lookup.ts"
import { contactModels, contactOf, findContactModel, lookUpNumber } from "./contact-lookup.ts"
import { ChatId, ContactId, PhoneNumber } from "./fields.ts"
import { personId, webId } from "../../../webhooks/formats/wwebjs-ids.ts"

const contactId = `${EXAMPLE.contact}@c.us`
const number = EXAMPLE.contact
const PAGE = 500
/** Of one request. */
const PEOPLE_MAX = 200

const listedContacts = (on: OnSession) =>
  Effect.gen(function* () {
    const models: object[] = []
    let after: string | undefined = ""
    do {
      const page: Effect.Success<ReturnType<typeof listContacts>> = yield* listContacts(on.principal, on.device.id, {
        after,
        limit: PAGE
      })
      models.push(...page.contacts.map((contact) => contactOf(on, contact, contact)))
      after = page.next
    } while (after !== undefined && models.length < LISTED_MAX)
    return models
  })

/** Where the picture of a chat is. Undefined, and left out, where there is none. */
export const pictureUrl = (on: OnSession, of: string) =>
  Effect.map(operateOn(on, "contact.picture", { of }), ({ url }) => url ?? undefined)

/** The groups that a person and the account are both in. */
export const commonGroups = (on: OnSession, person: string) =>
  Effect.map(operateOn(on, "contact.common_groups", { person }), ({ groups }) => groups.map(webId))

export const clientContactRoutes: readonly Route[] = [
  call({
    path: "/client/getBlockedContacts",
    summary: "List the contacts that the account has blocked",
    run: (_fields, on) =>
      Effect.gen(function* () {
        const { people } = yield* operateOn(on, "contact.blocked", {})
        const models = yield* contactModels(on, people)
        // WhatsApp has just said so; the log may learn it later.
        return { blockedContacts: models.map((model) => Object.assign(model, { isBlocked: true })) }
      })
  }),
  call({
    path: "/client/getCommonGroups",
    summary: "List the groups that a contact and the account are both in",
    fields: { contactId: ContactId },
    example: { contactId },
    run: ({ contactId: person }, on) => Effect.map(commonGroups(on, person), (groups) => ({ groups }))
  }),
  call({
    path: "/client/getContactById",
    summary: "Get a contact",
    fields: { contactId: ChatId },
    example: { contactId },
    run: ({ contactId: jid }, on) =>
      Effect.gen(function* () {
        const contact = isChannelJid(jid) ? undefined : yield* findContactModel(on, jid)
        return { contact: contact ?? (yield* Effect.fail(new Refusal(500, "Contact not found"))) }
      })
  }),
  call({
    path: "/client/getContacts",
    method: "GET",
    summary: "List the contacts",
    run: (_fields, on) => Effect.map(listedContacts(on), (contacts) => ({ contacts }))
  }),
  call({
    path: "/client/getContactDeviceCount",
    summary: "Count the devices of a contact",
    fields: { userId: ContactId },
    example: { userId: contactId },
    run: ({ userId: person }, on) =>
      Effect.map(operateOn(on, "contact.devices", { person }), ({ devices }) => ({ result: devices }))
  }),
  call({
    path: "/client/getContactLidAndPhone",
    summary: "Get the LIDs and the numbers of contacts",
    fields: {
      userIds: Schema.Array(ContactId).check(Schema.isMinLength(1), Schema.isMaxLength(PEOPLE_MAX))
    },
    example: { userIds: [contactId] },
    run: ({ userIds }, on) =>
      Effect.map(operateOn(on, "contact.names", { people: userIds }), ({ people }) => ({
        data: people.map(({ lid, number }) => ({
          ...(lid === null ? {} : { lid }),
          ...(number === null ? {} : { pn: `${number}@c.us` })
        }))
      }))
  }),
  call({
    path: "/client/getCountryCode",
    summary: "Get the country code of a telephone number",
    fields: { number: PhoneNumber },
    example: { number },
    run: ({ number }) => Effect.succeed({ result: callingCodeOf(number) ?? undefined })
  }),
  call({
    path: "/client/getFormattedNumber",
    summary: "Write a telephone number for people",
    fields: { number: PhoneNumber },
    example: { number },
    run: ({ number }) => Effect.succeed({ result: formattedNumber(number) })
  }),
  call({
    path: "/client/getNumberId",
    summary: "Get the id of a telephone number on WhatsApp",
    fields: { number: PhoneNumber },
    example: { number },
    run: ({ number }, on) =>
      Effect.map(lookUpNumber(on, number), (account) => ({
        result: account === null ? null : webId(personId({ ...account, number: account.number ?? number }))
      }))
  }),
  call({
    path: "/client/isRegisteredUser",
    summary: "Ask whether a telephone number is on WhatsApp",
    fields: { number: PhoneNumber },
    example: { number },
    run: ({ number }, on) => Effect.map(lookUpNumber(on, number), (account) => ({ result: account !== null }))
  }),
  call({
    path: "/client/getProfilePicUrl",
    summary: "Get where the picture of a contact is",
    fields: { contactId: ChatId },
    example: { contactId },
    run: ({ contactId: of }, on) => Effect.map(pictureUrl(on, of), (result) => ({ result }))
  })
]
