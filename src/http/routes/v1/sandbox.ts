/** /v1/sandbox: the simulated phone of a device, and its contacts. These routes exist only while the gateway runs on the sandbox's network. */
import { Effect, Schema } from "effect"
import {
  behaviours,
  changeContact,
  contactOf,
  type SimulatedContact,
  writeAsContact
} from "../../../application/simulated-contact.ts"
import {
  changePhone,
  logOutFromPhone,
  phoneOf,
  scanShownQr,
  signShownPasskey,
  type SimulatedPhone,
  typeCode
} from "../../../application/simulated-phone.ts"
import type { Principal } from "../../../application/principal.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import type { Services } from "../../runtime.ts"
import { DeviceParams, NoFields, PhoneNumber } from "./fields.ts"

const tag = "Sandbox"
const id = EXAMPLE.number
const contact = EXAMPLE.contact
const TEXT_MAX = 4_096
const manage = { for: "principal", scope: "manage" } as const
const read = { for: "principal", scope: "read" } as const

const phoneFailures = ["DeviceNotFound", "NumberMissing", "NumberTaken", "PhoneRefused", "SandboxUnavailable"] as const

const SandboxPhoneModel = Schema.Struct({
  device: Schema.String,
  number: Schema.String,
  linkedDevices: Schema.Int.annotate({ description: "How many devices the phone lists as linked." }),
  airplaneMode: Schema.Boolean.annotate({
    description: "The network is cut for the phone and for all devices that are linked to it."
  }),
  refusesNextQr: Schema.Boolean.annotate({
    description: "The phone refuses the next QR that it scans, and WhatsApp asks to scan another."
  }),
  asksForPasskey: Schema.Boolean.annotate({ description: "WhatsApp asks for the account's passkey at the next link." }),
  passkey: Schema.NullOr(
    Schema.Struct({
      code: Schema.NullOr(Schema.String).annotate({
        description: "The code that the phone shows, to compare, `XXXX-XXXX`. Null until the passkey has signed."
      })
    })
  ).annotate({ description: "While a link waits for the passkey; else null." })
}).annotate({ identifier: "SandboxPhone" })

const SandboxContactModel = Schema.Struct({
  number: Schema.String,
  behaviour: Schema.NullOr(Schema.Literals(behaviours)).annotate({
    description:
      "`silent`: it confirms delivery. `reads`: it reads as well. `echo`: it reads, and answers with the same. Null for a contact that is not there yet."
  }),
  messages: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      fromContact: Schema.Boolean,
      type: Schema.String,
      text: Schema.NullOr(Schema.String).annotate({ description: "The text, caption or file name." }),
      tick: Schema.Literals(["sent", "delivered", "read", "played"]),
      at: Schema.String.annotate({ description: "ISO 8601." })
    })
  ).annotate({ description: "The last 100 messages between the contact and the device, oldest first." })
}).annotate({ identifier: "SandboxContact" })

const phoneModel = ({ device, ...phone }: SimulatedPhone): typeof SandboxPhoneModel.Encoded => ({
  device: device.id,
  ...phone
})

const contactModel = ({ number, behaviour, messages }: SimulatedContact): typeof SandboxContactModel.Encoded => ({
  number,
  behaviour,
  messages: messages.map(({ fromMe, text, filename, ...message }) => ({
    ...message,
    fromContact: fromMe,
    text: text ?? filename ?? null
  }))
})

const ContactParams = Schema.Struct({ ...DeviceParams.fields, contact: PhoneNumber })

type Acted = ReturnType<typeof scanShownQr | typeof logOutFromPhone>

/** An act of the phone's owner without fields: the path after `/phone/`. */
const act = (
  path: string,
  operation: string,
  summary: string,
  acting: (principal: Principal, reference: string) => Effect.Effect<SimulatedPhone, Effect.Error<Acted>, Services>
): Route =>
  route({
    id: operation,
    method: "POST",
    path: `/v1/sandbox/devices/:id/phone/${path}`,
    tag,
    summary,
    access: manage,
    params: DeviceParams,
    body: NoFields,
    answers: { 200: json("The phone afterwards.", SandboxPhoneModel) },
    failures: [...phoneFailures, "NoQrShown"],
    examples: [{ params: { id }, body: {}, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(acting(principal, params.id), (phone) => answer(200, phoneModel(phone)))
  })

export const sandboxRoutes: readonly Route[] = [
  route({
    id: "getSandboxPhone",
    method: "GET",
    path: "/v1/sandbox/devices/:id/phone",
    tag,
    summary: "Get the simulated phone of a device",
    access: read,
    params: DeviceParams,
    answers: { 200: json("The phone.", SandboxPhoneModel) },
    failures: phoneFailures,
    examples: [{ params: { id }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(phoneOf(principal, params.id), (phone) => answer(200, phoneModel(phone)))
  }),
  route({
    id: "changeSandboxPhone",
    method: "PATCH",
    path: "/v1/sandbox/devices/:id/phone",
    tag,
    summary: "Switch airplane mode, and what happens at the next link",
    access: manage,
    params: DeviceParams,
    body: Schema.Struct({
      airplaneMode: Schema.optionalKey(Schema.Boolean),
      refusesNextQr: Schema.optionalKey(Schema.Boolean),
      asksForPasskey: Schema.optionalKey(Schema.Boolean)
    }),
    answers: { 200: json("The phone afterwards.", SandboxPhoneModel) },
    failures: phoneFailures,
    examples: [{ params: { id }, body: { airplaneMode: true }, status: 200 }],
    handle: ({ principal, params, body }) =>
      Effect.map(changePhone(principal, params.id, body), (phone) => answer(200, phoneModel(phone)))
  }),
  act("scan", "scanInSandbox", "Let the phone scan the QR that the device shows now", scanShownQr),
  act("logout", "logOutSandboxPhone", "Remove all linked devices from the phone", logOutFromPhone),
  route({
    id: "typeCodeInSandbox",
    method: "POST",
    path: "/v1/sandbox/devices/:id/phone/code",
    tag,
    summary: "Type a pairing code into the phone",
    access: manage,
    params: DeviceParams,
    body: Schema.Struct({ code: Schema.String.check(Schema.isPattern(/^[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}$/)) }),
    answers: { 200: json("The phone afterwards.", SandboxPhoneModel) },
    failures: phoneFailures,
    examples: [{ params: { id }, body: { code: "ABCD-EFGH" }, status: 422 }],
    handle: ({ principal, params, body }) =>
      Effect.map(typeCode(principal, params.id, body.code.replace("-", "").toUpperCase()), (phone) =>
        answer(200, phoneModel(phone))
      )
  }),
  route({
    id: "signPasskeyInSandbox",
    method: "POST",
    path: "/v1/sandbox/devices/:id/phone/passkey",
    tag,
    summary: "Sign the challenge that the device shows with the account's passkey",
    description: "Give the response to `POST /v1/devices/:id/passkey`, as a browser's would be given.",
    access: manage,
    params: DeviceParams,
    body: NoFields,
    answers: {
      200: json("What `PublicKeyCredential.toJSON()` gives.", Schema.Record(Schema.String, Schema.Unknown))
    },
    failures: [...phoneFailures, "PasskeyNotAsked"],
    examples: [{ params: { id }, body: {}, status: 409 }],
    handle: ({ principal, params }) =>
      Effect.map(signShownPasskey(principal, params.id), (assertion) => answer(200, assertion))
  }),
  route({
    id: "getSandboxContact",
    method: "GET",
    path: "/v1/sandbox/devices/:id/contacts/:contact",
    tag,
    summary: "Get a simulated contact and its chat with the device, as the contact sees it",
    access: read,
    params: ContactParams,
    answers: { 200: json("The contact.", SandboxContactModel) },
    failures: phoneFailures,
    examples: [{ params: { id, contact }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(contactOf(principal, params.id, params.contact), (found) => answer(200, contactModel(found)))
  }),
  route({
    id: "changeSandboxContact",
    method: "PUT",
    path: "/v1/sandbox/devices/:id/contacts/:contact",
    tag,
    summary: "Add a simulated contact, or change how it reacts to messages",
    description: "All devices that write to the number see the same contact.",
    access: manage,
    params: ContactParams,
    body: Schema.Struct({ behaviour: Schema.Literals(behaviours) }),
    answers: { 200: json("The contact.", SandboxContactModel) },
    failures: phoneFailures,
    examples: [{ params: { id, contact }, body: { behaviour: "echo" }, status: 200 }],
    handle: ({ principal, params, body }) =>
      Effect.map(changeContact(principal, params.id, params.contact, body.behaviour), (found) =>
        answer(200, contactModel(found))
      )
  }),
  route({
    id: "writeAsSandboxContact",
    method: "POST",
    path: "/v1/sandbox/devices/:id/contacts/:contact/messages",
    tag,
    summary: "Write to the device as a simulated contact",
    access: manage,
    params: ContactParams,
    body: Schema.Struct({ text: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(TEXT_MAX)) }),
    answers: { 201: json("The contact, with the message in its chat.", SandboxContactModel) },
    failures: phoneFailures,
    examples: [{ params: { id, contact }, body: { text: "Hola" }, status: 201 }],
    handle: ({ principal, params, body }) =>
      Effect.map(writeAsContact(principal, params.id, params.contact, body.text), (found) =>
        answer(201, contactModel(found))
      )
  })
]
