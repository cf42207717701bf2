/** /v1/devices/:id/contacts, /groups and /labels: whom a device's account knows, and the groups that it is in. */
import { Effect, Schema } from "effect"
import { getContact, listContacts } from "../../../application/contacts.ts"
import { getGroup, listGroups, listLabels } from "../../../application/groups.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { cursorOf, placeIn } from "./cursor.ts"
import { Cursor, DeviceParams, limitUpTo } from "./fields.ts"
import { pageOf } from "./models.ts"
import {
  ContactDetailModel,
  ContactModel,
  contactModel,
  GroupDetailModel,
  groupDetailModel,
  GroupModel,
  groupModel,
  LabelModel,
  labelModel
} from "./roster-models.ts"

const PAGE_MAX = 500
const PAGE_DEFAULT = 100
const id = EXAMPLE.number

const ContactParams = Schema.Struct({
  ...DeviceParams.fields,
  person: Schema.String.annotate({ description: "A telephone number, or a jid or LID." })
})
const GroupParams = Schema.Struct({
  ...DeviceParams.fields,
  group: Schema.String.annotate({ description: "`…@g.us`" })
})
const page = Schema.Struct({ after: Cursor, limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT) })
const access = { for: "principal", scope: "read" } as const

export const contactRoutes: readonly Route[] = [
  route({
    id: "listContacts",
    method: "GET",
    path: "/v1/devices/:id/contacts",
    tag: "Contacts",
    summary: "List a device's contacts",
    description: "All people whose name the account knows, in no particular order.",
    access,
    params: DeviceParams,
    query: page,
    answers: { 200: json("A page of contacts.", pageOf(ContactModel)) },
    failures: ["DeviceNotFound"],
    examples: [{ params: { id }, query: { limit: "10" }, status: 200 }],
    handle: ({ principal, params, query }) =>
      Effect.gen(function* () {
        const after = (yield* placeIn(Schema.String, query.after)) ?? ""
        const limit = query.limit ?? PAGE_DEFAULT
        const { contacts, next } = yield* listContacts(principal, params.id, { after, limit })
        return answer(200, { items: contacts.map(contactModel), next: cursorOf(next) })
      })
  }),
  route({
    id: "getContact",
    method: "GET",
    path: "/v1/devices/:id/contacts/:person",
    tag: "Contacts",
    summary: "Get a contact",
    access,
    params: ContactParams,
    answers: { 200: json("The contact.", ContactDetailModel) },
    failures: ["DeviceNotFound", "ContactNotFound"],
    examples: [{ params: { id, person: EXAMPLE.contact }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(getContact(principal, params.id, params.person), ({ contact, groups }) => {
        const named = groups.map(({ id: group, subject }) => ({ id: group, subject }))
        return answer(200, { ...contactModel(contact), groups: named })
      })
  }),
  route({
    id: "listGroups",
    method: "GET",
    path: "/v1/devices/:id/groups",
    tag: "Groups",
    summary: "List a device's groups",
    description: "In no particular order; those that the account has left among them.",
    access,
    params: DeviceParams,
    query: page,
    answers: { 200: json("A page of groups.", pageOf(GroupModel)) },
    failures: ["DeviceNotFound"],
    examples: [{ params: { id }, query: { limit: "10" }, status: 200 }],
    handle: ({ principal, params, query }) =>
      Effect.gen(function* () {
        const after = (yield* placeIn(Schema.String, query.after)) ?? ""
        const limit = query.limit ?? PAGE_DEFAULT
        const { groups, next } = yield* listGroups(principal, params.id, { after, limit })
        return answer(200, { items: groups.map(groupModel), next: cursorOf(next) })
      })
  }),
  route({
    id: "getGroup",
    method: "GET",
    path: "/v1/devices/:id/groups/:group",
    tag: "Groups",
    summary: "Get a group and its members",
    access,
    params: GroupParams,
    answers: { 200: json("The group.", GroupDetailModel) },
    failures: ["DeviceNotFound", "GroupNotFound"],
    examples: [{ params: { id, group: EXAMPLE.group }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(getGroup(principal, params.id, params.group), ({ group, members }) =>
        answer(200, groupDetailModel(group, members))
      )
  }),
  route({
    id: "listLabels",
    method: "GET",
    path: "/v1/devices/:id/labels",
    tag: "Chats",
    summary: "List the labels that the owner has made",
    description: "Only business accounts have labels. A chat names its labels by their ids.",
    access,
    params: DeviceParams,
    answers: { 200: json("The labels.", Schema.Struct({ items: Schema.Array(LabelModel) })) },
    failures: ["DeviceNotFound"],
    examples: [{ params: { id }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(listLabels(principal, params.id), (labels) => answer(200, { items: labels.map(labelModel) }))
  })
]
