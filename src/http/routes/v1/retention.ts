/** /v1/retention: what the gateway keeps and for how long, for its operator. The settings are those of RETENTION. */
import { Effect, Schema } from "effect"
import { retentionView } from "../../../application/retention-view.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { iso } from "./models.ts"

const about = <S extends Schema.Top>(schema: S, description: string) => schema.annotate({ description })
const Days = (description: string) => about(Schema.NullOr(Schema.Finite), `${description} Null: for ever.`)

const RetentionModel = Schema.Struct({
  payloads: about(
    Schema.Array(Schema.Struct({ type: Schema.String, days: Schema.NullOr(Schema.Finite) })),
    "How many days the content of events is kept, by type. Null: for ever."
  ),
  filesDays: Days("How many days files are kept."),
  eventsDays: Days("How many days whole events are kept, with their envelopes."),
  deliveriesDays: about(Schema.Finite, "How many days the outcomes of webhook deliveries are kept."),
  first: about(
    Schema.Struct({ position: Schema.Int, recordedAt: Schema.NullOr(Schema.String) }),
    "The first event that is left."
  ),
  lastTrimming: about(
    Schema.NullOr(
      Schema.Struct({
        upTo: about(Schema.Int, "The last position that was dropped."),
        recordedAt: about(Schema.NullOr(Schema.String), "When the event there was recorded."),
        at: about(Schema.NullOr(Schema.String), "When it was dropped.")
      })
    ),
    "Null if the log was never trimmed."
  ),
  due: about(
    Schema.NullOr(
      Schema.Struct({
        events: about(Schema.Int, "How many events are old enough."),
        heldBy: about(Schema.NullOr(Schema.String), "What still needs events that are due.")
      })
    ),
    "What the next trimming by age drops; once a day at most. Null where whole events are kept for ever."
  )
}).annotate({ identifier: "Retention" })

const DAY_MS = 86_400_000
const days = (ms: number | null): number | null => (ms === null ? null : ms / DAY_MS)

export const retentionRoutes: readonly Route[] = [
  route({
    id: "getRetention",
    method: "GET",
    path: "/v1/retention",
    tag: "System",
    summary: "Get what is kept for how long, what was trimmed, and what is due",
    access: { for: "operator", scope: "admin", allDevices: true },
    answers: { 200: json("The settings of RETENTION, and where the log begins.", RetentionModel) },
    examples: [{ status: 200 }],
    handle: () =>
      Effect.map(retentionView, ({ lastTrimming, ...view }) =>
        answer(200, {
          payloads: view.payloads.map(({ type, keptMs }) => ({ type, days: days(keptMs) })),
          filesDays: days(view.filesKeptMs),
          eventsDays: days(view.eventsKeptMs),
          deliveriesDays: view.deliveriesKeptMs / DAY_MS,
          first: { position: view.first.position, recordedAt: iso(view.first.recordedAt) },
          lastTrimming:
            lastTrimming === undefined
              ? null
              : {
                  upTo: lastTrimming.position,
                  recordedAt: iso(lastTrimming.recordedAt),
                  at: iso(lastTrimming.signedAt)
                },
          due: view.due
        })
      )
  })
]
