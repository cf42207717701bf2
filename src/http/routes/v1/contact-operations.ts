/** /v1/devices/:id/contacts: what WhatsApp says of people, and what the account keeps about them. contacts.ts reads what is known. */
import { Effect, Schema } from "effect"
import { Person } from "../../../whatsapp/operations/fields.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { operationRoute } from "./operation-route.ts"

const tag = "Contacts"
const id = EXAMPLE.number
const params = { id, person: EXAMPLE.contact }
const other = { id, person: EXAMPLE.other }

export const contactOperationRoutes: readonly Route[] = [
  operationRoute({
    id: "lookUpNumbers",
    method: "POST",
    path: "/contacts/look-up",
    operation: "contact.look_up",
    tag,
    description: "WhatsApp restricts accounts that look many new numbers up.",
    examples: [{ params: { id }, body: { numbers: [EXAMPLE.contact, "51900000099"] }, status: 200 }]
  }),
  operationRoute({
    id: "getNames",
    method: "POST",
    path: "/contacts/names",
    operation: "contact.names",
    tag,
    examples: [{ params: { id }, body: { people: [EXAMPLE.contact] }, status: 200 }]
  }),
  operationRoute({
    id: "listBlocked",
    method: "GET",
    path: "/contacts/blocked",
    operation: "contact.blocked",
    tag,
    examples: [{ params: { id }, status: 200 }]
  }),
  operationRoute({
    id: "getAbout",
    method: "GET",
    path: "/contacts/:person/about",
    operation: "contact.about",
    tag,
    examples: [{ params, status: 200 }]
  }),
  operationRoute({
    id: "getPicture",
    method: "GET",
    path: "/contacts/:person/picture",
    operation: "contact.picture",
    tag,
    params: { person: Person },
    query: Schema.Struct({ size: Schema.optionalKey(Schema.Literals(["full", "small"])) }),
    input: ({ person: of, ...given }) => Effect.succeed({ ...given, of: String(of) }),
    examples: [{ params, query: { size: "full" }, status: 200 }]
  }),
  operationRoute({
    id: "countContactDevices",
    method: "GET",
    path: "/contacts/:person/devices",
    operation: "contact.devices",
    tag,
    examples: [{ params, status: 200 }]
  }),
  operationRoute({
    id: "listCommonGroups",
    method: "GET",
    path: "/contacts/:person/groups",
    operation: "contact.common_groups",
    tag,
    examples: [{ params, status: 200 }]
  }),
  operationRoute({
    id: "getBusinessProfile",
    method: "GET",
    path: "/contacts/:person/business",
    operation: "contact.business",
    tag,
    examples: [{ params, status: 200 }]
  }),
  operationRoute({
    id: "blockContact",
    method: "PUT",
    path: "/contacts/:person/block",
    operation: "contact.block",
    tag,
    examples: [{ params: other, status: 204 }]
  }),
  operationRoute({
    id: "unblockContact",
    method: "DELETE",
    path: "/contacts/:person/block",
    operation: "contact.unblock",
    tag,
    examples: [{ params: other, status: 204 }]
  }),
  operationRoute({
    id: "saveContact",
    method: "PUT",
    path: "/contacts/:person",
    operation: "contact.save",
    tag,
    examples: [{ params: other, body: { name: "Rosa Quispe", firstName: "Rosa" }, status: 204 }]
  }),
  operationRoute({
    id: "removeContact",
    method: "DELETE",
    path: "/contacts/:person",
    operation: "contact.remove",
    tag,
    examples: [{ params: other, status: 204 }]
  })
]
