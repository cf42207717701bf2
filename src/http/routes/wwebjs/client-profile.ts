/** `/client/…`: the account itself, its connection, and what others see of it. */
import { Effect, Schema } from "effect"
import { accountOf } from "../../../application/own-account.ts"
import { viewDevice } from "../../../application/device-view.ts"
import { orderDevice } from "../../../application/devices.ts"
import { webVersion } from "../../../application/system.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { INLINE_BODY_BYTES_MAX, usingPicture } from "../../uploads/inline-file.ts"
import { Refusal } from "./answers.ts"
import { call, type OnSession, operateOn } from "./call.ts"
import { Text } from "./fields.ts"
import { clientInfo } from "./models/client-info.ts"
import { waStateOf } from "./states.ts"

const NAME_MAX = 25
const STATUS_MAX = 139

const setPresence = (on: OnSession, available: boolean) => Effect.as(operateOn(on, "presence.set", { available }), {})

export const clientProfileRoutes: readonly Route[] = [
  call({
    path: "/client/getClassInfo",
    method: "GET",
    summary: "Get the account of a session",
    run: (_fields, { device }) => Effect.map(accountOf(device), (account) => ({ sessionInfo: clientInfo(account) }))
  }),
  call({
    path: "/client/getState",
    method: "GET",
    summary: "Get the state of a session's connection",
    whileDisconnected: true,
    whileUnknown: new Refusal(500, "Cannot read properties of undefined (reading 'getState')"),
    run: (_fields, { device }) => Effect.map(viewDevice(device), (view) => ({ state: waStateOf(view) }))
  }),
  call({
    path: "/client/getWWebVersion",
    method: "GET",
    summary: "Get the version of WhatsApp Web that the gateway names",
    run: () => Effect.map(webVersion, (result) => ({ result }))
  }),
  call({
    path: "/client/resetState",
    summary: "Connect a session anew",
    scope: "manage",
    run: (_fields, { principal, device, origin, key }) =>
      Effect.as(orderDevice(principal, device.id, { type: "Restart" }, origin, key), {})
  }),
  call({
    path: "/client/setDisplayName",
    summary: "Change the account's name",
    scope: "manage",
    fields: { displayName: Text(NAME_MAX).check(Schema.isMinLength(1)) },
    example: { displayName: "Panadería" },
    run: ({ displayName: name }, on) => Effect.as(operateOn(on, "profile.set_name", { name }), { result: true })
  }),
  call({
    path: "/client/setStatus",
    summary: "Change the text beside the account's name",
    scope: "manage",
    fields: { status: Text(STATUS_MAX) },
    example: { status: "Pedidos de 9 a 18 h" },
    run: ({ status: about }, on) => Effect.as(operateOn(on, "profile.set_about", { about }), {})
  }),
  call({
    path: "/client/setProfilePicture",
    summary: "Change the account's picture",
    scope: "manage",
    fields: { pictureMimetype: Text(100), pictureData: Schema.String },
    bodyBytesMax: INLINE_BODY_BYTES_MAX,
    example: { pictureMimetype: "image/png", pictureData: EXAMPLE.picture },
    run: ({ pictureData }, on) =>
      usingPicture(pictureData, "pictureData", (picture) =>
        Effect.as(operateOn(on, "profile.set_picture", { picture }), { result: true })
      )
  }),
  call({
    path: "/client/deleteProfilePicture",
    method: "DELETE",
    summary: "Remove the account's picture",
    scope: "manage",
    run: (_fields, on) => Effect.as(operateOn(on, "profile.remove_picture", {}), { result: true })
  }),
  call({
    path: "/client/sendPresenceAvailable",
    summary: "Show the account as online",
    scope: "send",
    run: (_fields, on) => setPresence(on, true)
  }),
  call({
    path: "/client/sendPresenceUnavailable",
    summary: "Show the account as online no longer",
    scope: "send",
    run: (_fields, on) => setPresence(on, false)
  })
]
