/**
 * Steps from an older version of an event's data to the next, applied on read. Keeps LOG-7.
 *
 * Stored bytes are hashed and never rewritten; a release that changes a schema adds one pure step here and a golden file
 * of the old form under test/events/golden.
 */

/** Takes data of schema version n to version n + 1. */
export type Upcast = (data: unknown) => unknown

/** For a schema that has only become wider: what was written before is valid. */
const unchanged: Upcast = (data) => data

const adding =
  (fields: Readonly<Record<string, unknown>>): Upcast =>
  (data) => ({ ...(data as object), ...fields })

/** Content of a kind that was not translated had the name of its field only. */
const named: Upcast = (data) => {
  const message = data as { readonly content: { readonly kind: string; readonly name?: string } }
  const { kind, name } = message.content
  return kind === "other"
    ? { ...message, content: { kind: "unknown", name: name ?? null, bytes: null, size: null } }
    : message
}

const ofHistory: Upcast = (data) => {
  const history = data as { readonly messages: readonly unknown[] }
  return { ...history, messages: history.messages.map(named) }
}

/** By event type: the step at index 0 takes version 1 to 2, and so on. */
const steps: Readonly<Record<string, readonly Upcast[]>> = {
  // Version 2: `number` may be null.
  "message.queued": [unchanged],
  // Version 2: many more kinds of content; what is still not translated keeps its bytes.
  "message.received": [named],
  "message.edited": [named],
  "history.synced": [ofHistory],
  // Version 2: the operator can set a password, too.
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
