/**
 * Steps that turn an older version of an event's data into the next, applied on read. Keeps LOG-7.
 *
 * Stored bytes are hashed and never rewritten. A release that changes a schema adds one pure step here, and a golden file of the old
 * form under test/events/golden.
 */
import { receivedName } from "./file-name.ts"

/** Turns data of schema version n into version n + 1. */
export type Upcast = (data: unknown) => unknown

/** For a schema that only became wider: older data is still valid. */
const unchanged: Upcast = (data) => data

const adding =
  (fields: Readonly<Record<string, unknown>>): Upcast =>
  (data) => ({ ...(data as object), ...fields })

interface FirstContent {
  readonly kind: string
  readonly name?: string
  readonly filename?: string
}

/** In version 1, content of a kind that was not translated had only the name of its field, and file names were as the sender wrote them. */
const named: Upcast = (data) => {
  const message = data as { readonly content: FirstContent }
  const { kind, name, filename, ...content } = message.content
  if (kind === "other") return { ...message, content: { kind: "unknown", name: name ?? null, bytes: null, size: null } }
  if (filename === undefined) return message
  const safe = receivedName(filename)
  return { ...message, content: { kind, ...content, ...(safe === undefined ? {} : { filename: safe }) } }
}

const ofHistory: Upcast = (data) => {
  const history = data as { readonly messages: readonly unknown[] }
  return { ...history, messages: history.messages.map(named) }
}

/** By event type. The step at index 0 turns version 1 into 2, and so on. */
const steps: Readonly<Record<string, readonly Upcast[]>> = {
  // Version 2: `number` may be null.
  "message.queued": [unchanged],
  // Version 2: many more kinds of content; content that is not translated keeps its bytes.
  "message.received": [named],
  "message.edited": [named],
  "history.synced": [ofHistory],
  // Version 2: the operator can set a password as well.
  "user.password_changed": [adding({ by: "user" })],
  // Version 2: tokens have names, scopes, device sets and expiry; the operator has tokens.
  "token.issued": [adding({ name: null, scopes: ["read", "send", "manage", "audit"], devices: null, expiresAt: null })],
  "token.revoked": [unchanged]
}

export const upcast = (type: string, from: number, to: number, data: unknown): unknown => {
  let current = data
  for (let version = from; version < to; version++) {
    const step = steps[type]?.[version - 1]
    if (!step) throw new Error(`no step from version ${version} to ${version + 1} of ${type}`)
    current = step(current)
  }
  return current
}
