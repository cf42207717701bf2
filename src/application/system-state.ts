/** The whole system at a glance, for the operator. Nothing here takes longer on a longer log. */
import { freemem, totalmem } from "node:os"
import { statfs } from "node:fs/promises"
import { Effect } from "effect"
import { DeviceHost } from "../actors/directory.ts"
import { countByState } from "../store/board.ts"
import { databaseState } from "../store/database-state.ts"
import { storeUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import { subscriptionStates } from "../store/subscriptions/checkpoint.ts"
import { isWebhookCheckpoint } from "../store/webhook/webhooks.ts"
import { Backups } from "./backups.ts"
import { health, webVersion } from "./system.ts"
import { Vitals } from "./vitals.ts"

export const systemState = Effect.gen(function* () {
  const log = yield* EventLog
  const { dataDirectory } = (yield* Backups).settings
  const webhooks = (yield* subscriptionStates).filter(({ name }) => isWebhookCheckpoint(name))
  return {
    health: yield* health,
    vitals: yield* (yield* Vitals).read,
    memory: { ...process.memoryUsage(), freeOfMachine: freemem(), allOfMachine: totalmem() },
    disk: yield* diskOf(dataDirectory),
    head: yield* log.head,
    writesWaiting: log.waiting(),
    database: yield* databaseState,
    mailboxes: yield* (yield* DeviceHost).mailboxes,
    /** Of each webhook, the events that it has not gone through yet. */
    webhooksBehind: webhooks.reduce((sum, { lag }) => sum + lag, 0),
    devices: yield* countByState("all"),
    webVersion: yield* webVersion,
    uptimeSeconds: Math.floor(process.uptime())
  }
})

/** Of the disk with the data directory. A folder that cannot be read is as a store that cannot. */
const diskOf = (directory: string) =>
  Effect.tryPromise({ try: () => statfs(directory), catch: storeUnavailable }).pipe(
    Effect.map(({ bavail, blocks, bsize }) => ({ freeBytes: bavail * bsize, bytes: blocks * bsize }))
  )
