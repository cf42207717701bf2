/** People: what WhatsApp says of them, and what the account's owner keeps about them. */
import { Schema } from "effect"
import { PersonName } from "../../events/contact.ts"
import { Done, optional, People, Person, someOf, Target, textUpTo, Time } from "./fields.ts"
import { change, read } from "./operation.ts"

const LOOKED_UP_MAX = 50

export const contactOperations = [
  read("contact.look_up", {
    fields: {
      numbers: someOf(Schema.String.check(Schema.isPattern(/^\d{5,15}$/)), LOOKED_UP_MAX, "numbers")
    },
    output: Schema.Struct({
      numbers: Schema.Array(Schema.Struct({ given: Schema.String, account: Schema.NullOr(PersonName) }))
    }),
    doc: "Says which telephone numbers have an account on WhatsApp. `account` null: this one has none."
  }),
  read("contact.names", {
    fields: { people: People },
    output: Schema.Struct({ people: Schema.Array(PersonName) }),
    doc: "Gets the number of a LID and the LID of a number, in the order of the request."
  }),
  read("contact.about", {
    fields: { person: Person },
    output: Schema.Struct({ about: Schema.NullOr(Schema.String), setAt: Schema.NullOr(Time) }),
    doc: "Gets the text that a person shows beside their name; null where they hide it."
  }),
  read("contact.picture", {
    fields: { of: Target, size: optional(Schema.Literals(["full", "small"])) },
    output: Schema.Struct({ url: Schema.NullOr(Schema.String) }),
    doc: "Gets where the picture of a person, a group or a channel is; null where there is none, or it is hidden."
  }),
  read("contact.devices", {
    fields: { person: Person },
    output: Schema.Struct({ devices: Schema.Int }),
    doc: "Says how many devices a person uses WhatsApp with, the phone included."
  }),
  read("contact.blocked", {
    fields: {},
    output: Schema.Struct({ people: Schema.Array(PersonName) }),
    doc: "Lists the people whom the account has blocked."
  }),
  change("contact.block", { fields: { person: Person }, output: Done, doc: "Blocks a person." }),
  change("contact.unblock", { fields: { person: Person }, output: Done, doc: "Unblocks a person." }),
  change("contact.save", {
    fields: { person: Person, name: textUpTo(100), firstName: optional(textUpTo(100)) },
    output: Done,
    doc: "Saves a person under a name, in the address book that the account's devices share."
  }),
  change("contact.remove", {
    fields: { person: Person },
    output: Done,
    doc: "Removes a person from that address book."
  }),
  read("contact.common_groups", {
    fields: { person: Person },
    output: Schema.Struct({ groups: Schema.Array(Schema.String) }),
    doc: "Lists the groups that the account shares with a person."
  }),
  read("contact.business", {
    fields: { person: Person },
    output: Schema.Struct({
      profile: Schema.NullOr(
        Schema.Struct({
          description: Schema.NullOr(Schema.String),
          address: Schema.NullOr(Schema.String),
          email: Schema.NullOr(Schema.String),
          category: Schema.NullOr(Schema.String),
          websites: Schema.Array(Schema.String)
        })
      )
    }),
    doc: "Gets the profile of a business; null where the person is none."
  })
] as const
