/**
 * Webhook endpoints: their rows, and every change of them together with its event. Secrets and headers are encrypted. Keeps SEC-4.
 *
 * An enabled endpoint has a checkpoint among the subscriptions, so trimming keeps what it has not got yet. A disabled one has none: it
 * holds nothing back, and begins with what is recorded after it was enabled again.
 */
import { Clock, Context, Effect, Layer } from "effect"
import type { Origin } from "../../events/envelope.ts"
import type { WebhookId } from "../../events/ids.ts"
import { webhookStream } from "../../events/streams.ts"
import type { DisabledReason, WebhookEvent } from "../../events/webhook.ts"
import { answerInTime } from "../answer-in-time.ts"
import { claimCommand, type CommandKey } from "../command-log.ts"
import { Database } from "../database.ts"
import type { Statement } from "../dialect/dialect.ts"
import { refuseUnless } from "../dialect/guard.ts"
import type { DuplicateKey, StoreUnavailable } from "../errors.ts"
import { EventLog } from "../log/event-log.ts"
import type { Append } from "../log/chain-events.ts"
import { type Assignments, deleteFrom, insertInto, updateWhere } from "../projections/projection.ts"
import { Secrets } from "../secrets/secrets.ts"
import { deleteCheckpoint, insertCheckpoint } from "../subscriptions/checkpoint.ts"
import { parkFailing } from "./deliveries.ts"
import { sealing } from "./sealing.ts"
import type { Replay, Webhook, WebhookSecret, WebhookSettings } from "./webhook.ts"

export type NewWebhook = Omit<Webhook, "isEnabled" | "disabledReason" | "disabledAt" | "failingSince" | "replay">

/** What a change sets. `fields` of the event name it. */
export interface WebhookChange extends Partial<WebhookSettings> {
  readonly secrets?: readonly WebhookSecret[]
  readonly slot?: string | null
  readonly isTrusted?: boolean
}

type Written = Effect.Effect<void, DuplicateKey | StoreUnavailable>

export interface WebhooksShape {
  readonly byId: (id: string) => Effect.Effect<Webhook | undefined, StoreUnavailable>
  readonly bySlot: (slot: string) => Effect.Effect<Webhook | undefined, StoreUnavailable>
  /** In the order of their ids, after the id `after`. */
  readonly list: (
    owner: number | "all",
    after: string,
    limit: number
  ) => Effect.Effect<readonly Webhook[], StoreUnavailable>
  readonly count: (owner: number) => Effect.Effect<number, StoreUnavailable>
  /** Fails with DuplicateKey if its slot is taken, or the idempotency key is claimed. */
  readonly register: (webhook: NewWebhook, origin: Origin, key?: CommandKey) => Written
  readonly change: (id: WebhookId, change: WebhookChange, origin: Origin, key?: CommandKey) => Written
  readonly enable: (id: WebhookId, origin: Origin) => Written
  /** Ends a replay as well. What waits for its next attempt is parked. */
  readonly disable: (id: WebhookId, reason: DisabledReason, origin: Origin) => Written
  readonly remove: (id: WebhookId, origin: Origin) => Written
  /** Fails with DuplicateKey if a replay is in progress, the endpoint is disabled, or events after `after` were trimmed. */
  readonly startReplay: (id: WebhookId, replay: Replay & { readonly after: number }, origin: Origin) => Written
}

/** The names of an endpoint's checkpoints. */
export const liveCheckpoint = (id: WebhookId): string => `webhook:${id}`
export const isWebhookCheckpoint = (name: string): boolean => name.startsWith("webhook:")
export const replayCheckpoint = (id: WebhookId): string => `webhook:${id}:replay`

/** For the transaction that moves the replay's checkpoint to its end. */
export const endReplay = (id: WebhookId): readonly Statement[] => [
  deleteCheckpoint(replayCheckpoint(id)),
  updateWhere("webhook", { replay_to: null, replay_undelivered: 0 }, { webhook_id: id })
]

/** For the transaction of the failure that begins a series, and of the success that ends it (null). */
export const noteFailing = (id: WebhookId, since: number | null): Statement =>
  updateWhere("webhook", { failing_since: since }, { webhook_id: id })

/** An event of one endpoint, for the transaction of what it records. */
export const webhookAppend = (id: WebhookId, event: WebhookEvent, origin: Origin): Append => ({
  stream: webhookStream(id),
  device: null,
  expected: "any",
  events: [event],
  origin
})

export class Webhooks extends Context.Service<Webhooks, WebhooksShape>()("bitacora/store/Webhooks") {
  static readonly layer = Layer.effect(
    Webhooks,
    Effect.gen(function* () {
      const { query } = yield* Database
      const log = yield* EventLog
      const { toWebhook, sealed, columnsOf } = sealing(yield* Secrets)
      const now = Clock.currentTimeMillis
      const exists = (id: WebhookId, more = "") =>
        refuseUnless(`EXISTS (SELECT 1 FROM webhook WHERE webhook_id = ?${more})`, [id])

      const write = (
        id: WebhookId,
        event: WebhookEvent,
        statements: readonly Statement[],
        origin: Origin,
        key?: CommandKey
      ) =>
        Effect.gen(function* () {
          const claims = key === undefined ? [] : [claimCommand(key, id, yield* now)]
          const unit = { appends: [webhookAppend(id, event, origin)], statements: [...statements, ...claims] }
          yield* answerInTime(log.commit(unit)).pipe(Effect.catchTag("StreamConflict", Effect.die))
        })

      return Webhooks.of({
        byId: (id) =>
          query((db) => db.selectFrom("webhook").selectAll().where("webhook_id", "=", id).executeTakeFirst()).pipe(
            Effect.map((row) => row && toWebhook(row))
          ),
        bySlot: (slot) =>
          query((db) => db.selectFrom("webhook").selectAll().where("slot", "=", slot).executeTakeFirst()).pipe(
            Effect.map((row) => row && toWebhook(row))
          ),
        list: (owner, after, limit) =>
          query((db) =>
            db
              .selectFrom("webhook")
              .selectAll()
              .where("webhook_id", ">", after)
              .$if(owner !== "all", (rows) => rows.where("owner", "=", owner as number))
              .orderBy("webhook_id")
              .limit(limit)
              .execute()
          ).pipe(Effect.map((rows) => rows.map(toWebhook))),
        count: (owner) =>
          query((db) =>
            db
              .selectFrom("webhook")
              .select((eb) => eb.fn.countAll<number>().as("count"))
              .where("owner", "=", owner)
              .executeTakeFirstOrThrow()
          ).pipe(Effect.map((row) => row.count)),
        register: (webhook, origin, key) =>
          Effect.gen(function* () {
            const { id, owner, format } = webhook
            const userNumber = owner === 0 ? null : owner
            const row: Assignments = {
              webhook_id: id,
              owner,
              slot: webhook.slot,
              ...columnsOf(webhook),
              ...sealed(id, webhook),
              trusted: webhook.isTrusted ? 1 : 0,
              enabled: 1,
              replay_undelivered: 0,
              created_at: webhook.createdAt
            }
            yield* write(
              id,
              { type: "webhook.registered", data: { webhookId: id, userNumber, format } },
              [insertInto("webhook", row), insertCheckpoint(liveCheckpoint(id), "now", yield* now)],
              origin,
              key
            )
          }),
        change: (id, change, origin, key) => {
          const { slot, isTrusted } = change
          const columns = {
            ...columnsOf(change),
            ...sealed(id, change),
            ...(slot === undefined ? {} : { slot }),
            ...(isTrusted === undefined ? {} : { trusted: isTrusted ? 1 : 0 })
          }
          return write(
            id,
            { type: "webhook.changed", data: { webhookId: id, fields: Object.keys(columns).map(fieldOf) } },
            [exists(id), updateWhere("webhook", columns, { webhook_id: id })],
            origin,
            key
          )
        },
        enable: (id, origin) =>
          Effect.gen(function* () {
            const columns = { enabled: 1, disabled_reason: null, disabled_at: null, failing_since: null }
            yield* write(
              id,
              { type: "webhook.enabled", data: { webhookId: id } },
              [
                exists(id, " AND enabled = 0"),
                updateWhere("webhook", columns, { webhook_id: id }),
                insertCheckpoint(liveCheckpoint(id), "now", yield* now)
              ],
              origin
            )
          }),
        disable: (id, reason, origin) =>
          Effect.gen(function* () {
            const columns = { enabled: 0, disabled_reason: reason, disabled_at: yield* now }
            yield* write(
              id,
              { type: "webhook.disabled", data: { webhookId: id, reason } },
              [
                exists(id, " AND enabled = 1"),
                ...endReplay(id),
                deleteCheckpoint(liveCheckpoint(id)),
                parkFailing(id),
                updateWhere("webhook", columns, { webhook_id: id })
              ],
              origin
            )
          }),
        remove: (id, origin) =>
          write(
            id,
            { type: "webhook.removed", data: { webhookId: id } },
            [
              exists(id),
              deleteFrom("webhook", { webhook_id: id }),
              deleteCheckpoint(liveCheckpoint(id)),
              deleteCheckpoint(replayCheckpoint(id))
            ],
            origin
          ),
        startReplay: (id, { after, upTo, undelivered }, origin) =>
          Effect.gen(function* () {
            yield* write(
              id,
              { type: "webhook.replayed", data: { webhookId: id, after, upTo, undelivered } },
              [
                exists(id, " AND enabled = 1 AND replay_to IS NULL"),
                refuseUnless("NOT EXISTS (SELECT 1 FROM log_start WHERE position > ?)", [after]),
                updateWhere(
                  "webhook",
                  { replay_to: upTo, replay_undelivered: undelivered ? 1 : 0 },
                  { webhook_id: id }
                ),
                insertInto("subscription", {
                  name: replayCheckpoint(id),
                  position: after,
                  advanced_at: yield* now
                })
              ],
              origin
            )
          })
      })
    })
  )
}

/** The name of a column's field in events. */
const fieldOf = (column: string): string => (column === "secrets" ? "secret" : column)
