/** All operations, by family. A new one is a declaration here and its handler in the adapter (baileys/operations). */
import type { Schema } from "effect"
import { businessOperations } from "./business.ts"
import { callOperations } from "./calls.ts"
import { channelOperations } from "./channels.ts"
import { chatOperations } from "./chats.ts"
import { communityOperations } from "./communities.ts"
import { contactOperations } from "./contacts.ts"
import { groupOperations } from "./groups.ts"
import { labelOperations } from "./labels.ts"
import { messageOperations } from "./messages.ts"
import type { Operation } from "./operation.ts"
import { presenceOperations } from "./presence.ts"
import { privacyOperations } from "./privacy.ts"
import { profileOperations } from "./profile.ts"

export const operations = [
  ...groupOperations,
  ...communityOperations,
  ...chatOperations,
  ...contactOperations,
  ...profileOperations,
  ...privacyOperations,
  ...presenceOperations,
  ...messageOperations,
  ...channelOperations,
  ...labelOperations,
  ...callOperations,
  ...businessOperations
] as const

type Operations = (typeof operations)[number]
export type OperationName = Operations["name"]
type Named<Name extends OperationName> = Extract<Operations, { readonly name: Name }>
export type InputOf<Name extends OperationName> = Named<Name>["input"]["Type"]
export type OutputOf<Name extends OperationName> = Named<Name>["output"]["Type"]

const byName = new Map<string, Operation>(operations.map((operation) => [operation.name, operation as never]))

/** Throws for a name that is not in the catalogue, which is a bug. */
export const operationNamed = <Name extends OperationName>(name: Name): Named<Name> & Operation => {
  const found = byName.get(name)
  if (found === undefined) throw new Error(`there is no operation ${name}`)
  return found as Named<Name> & Operation
}

/** What the log keeps of an input. */
export const recordedInput = <Name extends OperationName>(
  name: Name,
  input: InputOf<Name>
): Readonly<Record<string, Schema.Json>> => {
  const { unrecorded } = operationNamed(name)
  return Object.fromEntries(Object.entries(input).filter(([field]) => !unrecorded.includes(field)))
}
