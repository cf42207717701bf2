/** The fields of this dialect's requests. A JSON number counts as a text, as in WHATSAPP25. */
import { Schema, SchemaGetter } from "effect"
import { isAddress } from "../../../whatsapp/jid.ts"
import { Text } from "../whatsapp25/fields.ts"

const NAME_RULE = "must have 1 to 64 letters, digits, underscores or hyphens"
const NUMBER_RULE = "must be 8 to 15 digits with country code, without plus"

export const SessionId = Text.check(
  Schema.makeFilter((text: string) => /^[\w-]{1,64}$/.test(text) || NAME_RULE, {
    description: "The name of the session: 1 to 64 letters, digits, underscores or hyphens."
  })
)

export const SessionParams = Schema.Struct({ sessionId: SessionId })

/** `<number>@c.us` is that number; another address stays as it is. */
export const withoutServer = (address: string): string => address.replace(/@c\.us$/, "")

/** A telephone number. `<number>@c.us`, as `from` of a received message, is that number; a group is named by its jid. */
export const Recipient = Text.pipe(
  Schema.decodeTo(
    Schema.String.check(
      Schema.makeFilter((text: string) => isAddress(text) || NUMBER_RULE, {
        description: "Digits with country code, without plus. `<digits>@c.us` and the jid of a group are accepted too."
      })
    ),
    {
      decode: SchemaGetter.transform(withoutServer),
      encode: SchemaGetter.transform((text: string) => text)
    }
  )
)
