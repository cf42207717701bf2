/** The simulated people that a device writes with: only in the sandbox. A contact's chat holds the messages with this device alone. Keeps SEC-1. */
import { Effect, Schema } from "effect"
import { SandboxControl } from "../outbound/sandbox-control.ts"
import type { Principal } from "./principal.ts"
import { addPhone, devicesWith, ifKnown, NumberTaken, ownPhone, readAs } from "./simulated-phone.ts"

/** `silent`: confirms delivery. `reads`: reads as well. `echo`: reads, and answers with the same. */
export const behaviours = ["silent", "reads", "echo"] as const
export type Behaviour = (typeof behaviours)[number]

const ChatMessage = Schema.Struct({
  id: Schema.String,
  fromMe: Schema.Boolean,
  type: Schema.String,
  text: Schema.optionalKey(Schema.String),
  filename: Schema.optionalKey(Schema.String),
  tick: Schema.Literals(["sent", "delivered", "read", "played"]),
  at: Schema.String
})

export interface SimulatedContact {
  readonly number: string
  /** Null for a contact that is not there yet. */
  readonly behaviour: Behaviour | null
  /** Oldest first, as the contact sees them: `fromMe` are its own. */
  readonly messages: readonly (typeof ChatMessage.Type)[]
}

export const contactOf = (principal: Principal, reference: string, contact: string) =>
  Effect.gen(function* () {
    const { number } = yield* ownPhone(principal, reference)
    yield* refuseDevice(contact)
    return yield* viewContact(number, contact)
  })

/** Adds the contact if it is new. */
export const changeContact = (principal: Principal, reference: string, contact: string, behaviour: Behaviour) =>
  Effect.gen(function* () {
    const { number } = yield* ownPhone(principal, reference)
    yield* addContact(contact, behaviour)
    return yield* viewContact(number, contact)
  })

/** The contact, which is added if it is new, writes to the device. */
export const writeAsContact = (principal: Principal, reference: string, contact: string, text: string) =>
  Effect.gen(function* () {
    const phone = yield* ownPhone(principal, reference)
    yield* addPhone(phone)
    yield* addContact(contact)
    const control = yield* SandboxControl
    yield* control.post(`/contacts/${contact}/messages`, { to: phone.number, text })
    return yield* viewContact(phone.number, contact)
  })

const Contact = Schema.Struct({ behaviour: Schema.String })

const viewContact = (number: string, contact: string) =>
  Effect.gen(function* () {
    const control = yield* SandboxControl
    const found = yield* ifKnown(readAs(Contact, control.get(`/contacts/${contact}`)))
    const messages =
      found === undefined
        ? []
        : yield* readAs(Schema.Array(ChatMessage), control.get(`/contacts/${contact}/chats/${number}`))
    const behaviour = behaviours.find((each) => each === found?.behaviour) ?? null
    const view: SimulatedContact = { number: contact, behaviour, messages }
    return view
  })

const addContact = (number: string, behaviour?: Behaviour) =>
  Effect.gen(function* () {
    yield* refuseDevice(number)
    const control = yield* SandboxControl
    yield* control.post("/contacts", { number, ...(behaviour === undefined ? {} : { behaviour }) })
  })

/** A contact with the number of a device would keep the device from ever having a phone. */
const refuseDevice = (number: string) =>
  Effect.gen(function* () {
    if ((yield* devicesWith(number)).length > 0) return yield* new NumberTaken({ number })
    return undefined
  })
