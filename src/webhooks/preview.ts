/** What a replay would send, before it is started. */
import { Effect } from "effect"
import type { ReplayPreview, WantedReplay } from "../application/webhook-sender.ts"
import { openFollower } from "../store/subscriptions/follower.ts"
import { Deliveries } from "../store/webhook/deliveries.ts"
import type { Webhook } from "../store/webhook/webhook.ts"
import { formats } from "./formats/formats.ts"
import { interestOf, isAboutItself } from "./interest.ts"

/** A preview reads no further: it is for a person, who waits for it. */
const EVENTS_MAX = 2_000
const PAGE = 200

export const previewOf = (webhook: Webhook, { after, upTo, undelivered }: WantedReplay) =>
  Effect.gen(function* () {
    const deliveries = yield* Deliveries
    const follower = yield* openFollower(after, yield* interestOf(webhook, formats[webhook.format]))
    const types: Record<string, number> = {}
    let events = 0
    let read = 0
    while (follower.position() < upTo && read < EVENTS_MAX) {
      const page = yield* follower.next(PAGE)
      read += page.events.length
      const positions = page.events.map(({ position }) => position)
      const done = undelivered ? yield* deliveries.deliveredAmong(webhook.id, positions) : new Set<number>()
      for (const event of page.events) {
        if (event.position > upTo || done.has(event.position) || isAboutItself(event, webhook.id)) continue
        events++
        types[event.type] = (types[event.type] ?? 0) + 1
      }
      follower.advance(page.upTo)
    }
    return { after, upTo, events, types, isComplete: follower.position() >= upTo } satisfies ReplayPreview
  })
