/** What couriers and single attempts share. */
import { Context, Effect, Layer, Queue, Semaphore } from "effect"
import { TestReceiver } from "../application/test-receiver.ts"
import type { WebhookId } from "../events/ids.ts"
import { Outbound } from "../outbound/outbound.ts"
import { OwnerTurns } from "./owner-turns.ts"
import { Permits } from "./permits.ts"
import type { WebhookSettings } from "./settings.ts"
import type { TellerMeans } from "./teller.ts"
import { Tellings } from "./telling.ts"

interface MeansShape extends TellerMeans {
  /** Bounds the files that couriers have in memory. */
  readonly files: Semaphore.Semaphore
  /** Bounds the same for what owners ask for. Couriers do not wait for it. */
  readonly single: OwnerTurns
  /** Endpoints whose couriers are to begin again. */
  readonly woken: Queue.Queue<WebhookId>
}

/** Messages whose files couriers have in memory at the same time. */
const FILES_MAX = 2
/** The same for single attempts and views. */
const SINGLE_MAX = 2

export class WebhookMeans extends Context.Service<WebhookMeans, MeansShape>()("bitacora/webhooks/WebhookMeans") {
  static readonly layer = (settings: WebhookSettings) =>
    Layer.effect(
      WebhookMeans,
      Effect.gen(function* () {
        return WebhookMeans.of({
          settings,
          tellings: yield* Tellings,
          outbound: yield* Outbound,
          receiver: yield* TestReceiver,
          inFlight: new Permits(settings.inFlightMax),
          files: yield* Semaphore.make(FILES_MAX),
          single: new OwnerTurns(SINGLE_MAX),
          woken: yield* Queue.unbounded<WebhookId>()
        })
      })
    ).pipe(Layer.provide(Tellings.layer(settings.fileBytesMax)))
}
