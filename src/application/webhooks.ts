/**
 * Webhook endpoints: adds, lists, changes and removes them. A user has endpoints for their own devices; the operator for all, and sees
 * those of users too. A client that sets one up reads what it is told, so that takes the scope `read` as well. Keeps SEC-1 and SEC-3.
 */
import { Clock, Effect, Schema } from "effect"
import { isEventType } from "../events/catalog.ts"
import type { Origin } from "../events/envelope.ts"
import { WebhookId } from "../events/ids.ts"
import type { WebhookFormat } from "../events/webhook.ts"
import { Outbound } from "../outbound/outbound.ts"
import { OPERATOR } from "../store/devices.ts"
import type { DuplicateKey, StoreUnavailable } from "../store/errors.ts"
import { newId } from "../store/new-id.ts"
import { readCheckpoint } from "../store/subscriptions/checkpoint.ts"
import { liveCheckpoint, type WebhookChange, Webhooks } from "../store/webhook/webhooks.ts"
import type { Webhook } from "../store/webhook/webhook.ts"
import { findDevice } from "./device-access.ts"
import { once, type RequestKey } from "./idempotency.ts"
import { Limits } from "./limits.ts"
import { pageOf } from "./paging.ts"
import { type Operator, ownerOf, type Principal } from "./principal.ts"
import { RECEIVER_URL } from "./test-receiver.ts"
import { ScopeExceeded } from "./tokens.ts"
import { headerProblem } from "./webhook-headers.ts"
import { newSecret, secretProblem } from "./webhook-secret.ts"

/** Rejection: the principal has no webhook with this id. */
export class WebhookNotFound extends Schema.TaggedError<WebhookNotFound>()("WebhookNotFound", {
  webhook: Schema.String
}) {
  override get message(): string {
    return `there is no webhook ${this.webhook}`
  }
}

/** Rejection: a setting of the webhook cannot be used. */
export class WebhookUnfit extends Schema.TaggedError<WebhookUnfit>()("WebhookUnfit", {
  field: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.field}: ${this.reason}`
  }
}

/** Rejection: the owner has the maximum number of webhooks. */
export class TooManyWebhooks extends Schema.TaggedError<TooManyWebhooks>()("TooManyWebhooks", { max: Schema.Int }) {
  override get message(): string {
    return `an account may have at most ${this.max} webhooks; remove one first`
  }
}

/** Rejection: the operator's settings make this webhook, and the next start would make it again. */
export class WebhookOfSettings extends Schema.TaggedError<WebhookOfSettings>()("WebhookOfSettings", {
  setting: Schema.String
}) {
  override get message(): string {
    return `the setting ${this.setting} makes this webhook; change the setting and restart the gateway`
  }
}

export interface WantedWebhook {
  readonly url: string
  readonly format: WebhookFormat
  /** Ids or the owner's telephone numbers; null for all devices. */
  readonly devices: readonly string[] | null
  readonly types: readonly string[] | null
  readonly headers: Readonly<Record<string, string>>
}

/** The last position that the endpoint is done with; null while it is disabled. */
export interface WebhookView extends Webhook {
  readonly position: number | null
}

/** Whether the principal may see and change this webhook. */
const mayReach = (principal: Principal, { owner }: Webhook): boolean => {
  const isAdmin = principal.kind === "operator" && principal.scopes.includes("admin")
  return isAdmin || owner === ownerOf(principal)
}

export const findWebhook = (
  principal: Principal,
  id: string
): Effect.Effect<Webhook, WebhookNotFound | StoreUnavailable, Webhooks> =>
  Effect.gen(function* () {
    const webhook = yield* (yield* Webhooks).byId(id)
    return webhook && mayReach(principal, webhook) ? webhook : yield* new WebhookNotFound({ webhook: id })
  })

export const viewWebhook = (webhook: Webhook) =>
  Effect.map(
    readCheckpoint(liveCheckpoint(webhook.id)),
    (position): WebhookView => ({ ...webhook, position: position ?? null })
  )

/** A page of the principal's webhooks in the order of their ids, which is that of their creation. */
export const listWebhooks = (
  principal: Principal,
  { after, limit }: { readonly after: string; readonly limit: number }
) =>
  Effect.gen(function* () {
    const webhooks = yield* Webhooks
    const isAdmin = principal.kind === "operator" && principal.scopes.includes("admin")
    const found = yield* webhooks.list(isAdmin ? "all" : ownerOf(principal), after, limit + 1)
    const { items, last } = pageOf(found, limit)
    return { items: yield* Effect.forEach(items, viewWebhook), next: last?.id ?? null }
  })

/** Adds a webhook. It gets what is recorded from here on. The secret is returned, and not shown again. */
export const createWebhook = (principal: Principal, wanted: WantedWebhook, origin: Origin, key?: RequestKey) =>
  once(key, {
    first: (claiming) =>
      Effect.gen(function* () {
        yield* mayRead(principal)
        yield* checkSettings(wanted)
        const devices = yield* devicesOf(principal, wanted.devices)
        const webhooks = yield* Webhooks
        const { webhooksPerUserMax: max } = yield* Limits
        const owner = ownerOf(principal)
        if ((yield* webhooks.count(owner)) >= max) return yield* new TooManyWebhooks({ max })
        const createdAt = yield* Clock.currentTimeMillis
        const id = WebhookId.make(newId("whk", createdAt))
        const secrets = [{ text: newSecret(), validUntil: null }]
        yield* webhooks.register(
          { ...wanted, id, owner, devices, slot: null, isTrusted: false, secrets, createdAt },
          origin,
          claiming
        )
        return yield* findWebhook(principal, id)
      }),
    again: ({ subject }) => findWebhook(principal, subject)
  })

/** Changes what is given. Enabling and disabling happen after the other changes. */
export const changeWebhook = (
  principal: Principal,
  id: string,
  { enabled, ...wanted }: Partial<WantedWebhook> & { readonly enabled?: boolean },
  origin: Origin
) =>
  Effect.gen(function* () {
    yield* mayRead(principal)
    const webhook = yield* findWebhook(principal, id)
    const { isTrusted, slot } = webhook
    if (isTrusted && slot !== null && (wanted.url !== undefined || wanted.format !== undefined)) {
      return yield* new WebhookOfSettings({ setting: slot })
    }
    yield* checkSettings(wanted)
    const { devices, ...rest } = wanted
    const change: WebhookChange = {
      ...rest,
      ...(devices === undefined ? {} : { devices: yield* devicesOf(principal, devices) })
    }
    const webhooks = yield* Webhooks
    const changed = Effect.gen(function* () {
      if (Object.keys(change).length > 0) yield* webhooks.change(webhook.id, change, origin)
      if (enabled === true && !webhook.isEnabled) yield* webhooks.enable(webhook.id, origin)
      if (enabled === false && webhook.isEnabled) yield* webhooks.disable(webhook.id, "requested", origin)
    })
    yield* changed.pipe(unlessChanged)
    return yield* findWebhook(principal, id)
  })

export const removeWebhook = (principal: Principal, id: string, origin: Origin) =>
  Effect.gen(function* () {
    const webhook = yield* findWebhook(principal, id)
    const { isTrusted, slot } = webhook
    if (isTrusted && slot !== null) return yield* new WebhookOfSettings({ setting: slot })
    yield* (yield* Webhooks).remove(webhook.id, origin).pipe(unlessChanged)
  })

/** How long the previous secret still signs. */
const OLD_SECRET_MS = 86_400_000
const SECRETS_MAX = 3

/** Replaces the secret. Until the old one ends, every delivery has a signature with each. */
export const rotateSecret = (
  principal: Principal,
  id: string,
  given: string | undefined,
  origin: Origin,
  key?: RequestKey
) =>
  once(key, {
    first: (claiming) =>
      Effect.gen(function* () {
        yield* mayRead(principal)
        const problem = given === undefined ? undefined : secretProblem(given)
        if (problem !== undefined) return yield* new WebhookUnfit({ field: "secret", reason: problem })
        const webhook = yield* findWebhook(principal, id)
        const now = yield* Clock.currentTimeMillis
        const old = webhook.secrets
          .map(({ text, validUntil }) => ({ text, validUntil: validUntil ?? now + OLD_SECRET_MS }))
          .filter(({ validUntil }) => validUntil > now)
        const secrets = [{ text: given ?? newSecret(), validUntil: null }, ...old].slice(0, SECRETS_MAX)
        yield* (yield* Webhooks).change(webhook.id, { secrets }, origin, claiming)
        return yield* findWebhook(principal, id)
      }),
    again: ({ subject }) => findWebhook(principal, subject)
  })

/** The place of the one webhook that the Multi-Session dialect has. The setting of this name fills it at each start. */
export const GLOBAL_SLOT = "WEBHOOK_URL"

/** The Multi-Session dialect's webhook; undefined if there is none. */
export const globalWebhook: Effect.Effect<Webhook | undefined, StoreUnavailable, Webhooks> = Effect.flatMap(
  Webhooks,
  (webhooks) => webhooks.bySlot(GLOBAL_SLOT)
)

/** Sets the Multi-Session dialect's webhook, which follows the operator's devices. */
export const setGlobalWebhook = (principal: Operator, url: string, origin: Origin) =>
  Effect.gen(function* () {
    yield* mayRead(principal)
    yield* checkSettings({ url })
    const webhooks = yield* Webhooks
    const known = yield* globalWebhook
    if (known === undefined) {
      const createdAt = yield* Clock.currentTimeMillis
      const id = WebhookId.make(newId("whk", createdAt))
      const secrets = [{ text: newSecret(), validUntil: null }]
      const scope = { slot: GLOBAL_SLOT, devices: null, types: null, headers: {}, isTrusted: false }
      const made = { id, owner: OPERATOR, url, format: "multi-session" as const, ...scope, secrets, createdAt }
      yield* webhooks.register(made, origin)
      return
    }
    yield* webhooks.change(known.id, { url, isTrusted: false }, origin)
    if (!known.isEnabled) yield* webhooks.enable(known.id, origin)
  })

/** Returns whether there was one. */
export const removeGlobalWebhook = (origin: Origin) =>
  Effect.gen(function* () {
    const known = yield* globalWebhook
    if (known !== undefined) yield* (yield* Webhooks).remove(known.id, origin).pipe(unlessChanged)
    return known !== undefined
  })

/** A webhook would tell a credential without `read` what it may not read. */
export const mayRead = ({ scopes }: Principal) =>
  scopes.includes("read") ? Effect.void : Effect.fail(new ScopeExceeded({ scope: "read" }))

const checkSettings = ({ url, types, headers }: Partial<WantedWebhook>) =>
  Effect.gen(function* () {
    const { urlProblem } = yield* Outbound
    const unfit = (field: string, reason: string | undefined) =>
      reason === undefined ? Effect.void : Effect.fail(new WebhookUnfit({ field, reason }))
    yield* unfit("url", url === undefined || url === RECEIVER_URL ? undefined : urlProblem(url))
    const unknown = types?.find((type) => !isEventType(type))
    yield* unfit("types", unknown && `there is no event ${unknown}; docs/EVENTS.md lists the types`)
    yield* unfit("headers", headers && headerProblem(headers))
  })

/** The principal must reach each device. */
const devicesOf = (principal: Principal, references: readonly string[] | null) =>
  Effect.gen(function* () {
    if (references === null) return null
    const found = yield* Effect.forEach(references, (reference) => findDevice(principal, reference))
    return [...new Set(found.map(({ id }) => id))]
  })

/** Another request has removed, enabled or disabled it in the meantime: the change has nothing left to do. */
const unlessChanged = <A, E, R>(
  work: Effect.Effect<A, E | DuplicateKey, R>
): Effect.Effect<A | void, Exclude<E, DuplicateKey>, R> =>
  Effect.catchIf(
    work,
    (failure): failure is Extract<E | DuplicateKey, DuplicateKey> =>
      (failure as { readonly _tag?: string })._tag === "DuplicateKey",
    () => Effect.void
  ) as Effect.Effect<A | void, Exclude<E, DuplicateKey>, R>
