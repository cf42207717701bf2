/** `/client/…`: people and numbers. */
import { Effect } from "effect"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { call, operateOn } from "./call.ts"
import { ContactId } from "./fields.ts"

const contactId = `${EXAMPLE.contact}@c.us`

export const clientContactRoutes: readonly Route[] = [
  call({
    path: "/client/getContactDeviceCount",
    summary: "Count the devices of a contact",
    fields: { userId: ContactId },
    example: { userId: contactId },
    run: ({ userId: person }, on) =>
      Effect.map(operateOn(on, "contact.devices", { person }), ({ devices }) => ({ result: devices }))
  })
]
