/**
 * The whole gateway: settings in, a listening server out. It contains only wiring and order.
 *
 * Start: take the data directory, open the store, reconcile every device that was left connected, listen, and only then reconnect the
 * devices one after the other. Stop: accept no more requests, flush and close the sockets, record what they still had, close the store.
 */
import { Effect, Fiber, Layer, ManagedRuntime, Schedule, type Schema } from "effect"
import type { Logger } from "pino"
import { DeviceHost, type DeviceHostShape } from "./actors/directory.ts"
import { devicesInThisProcess } from "./actors/one-process.ts"
import { Verifier } from "./application/audit.ts"
import { fetchArrivingFiles } from "./application/arriving-files.ts"
import { Backups } from "./application/backups.ts"
import { runBulkSends } from "./application/bulk/runner.ts"
import { BulkWake } from "./application/bulk/wake.ts"
import { CatchUps } from "./application/catch-ups.ts"
import { ErasureLine } from "./application/erasure.ts"
import { HostedLinks } from "./application/hosted-links.ts"
import { KeysInUse } from "./application/idempotency.ts"
import { Limits } from "./application/limits.ts"
import { openOperatorKey, type OperatorKey } from "./application/operator-key.ts"
import { markSeen } from "./application/marking-seen.ts"
import { PairingCodes } from "./application/pairing.ts"
import { TestReceiver } from "./application/test-receiver.ts"
import { Tickets } from "./application/tickets.ts"
import { TokenUse } from "./application/token-use.ts"
import { TokenWatch } from "./application/token-watch.ts"
import { Vitals } from "./application/vitals.ts"
import type { Settings } from "./config.ts"
import { retentionJob } from "./application/retention.ts"
import { RetentionRules } from "./application/retention-rules.ts"
import { logTransitions } from "./application/transition-log.ts"
import { httpUrl } from "./host.ts"
import { makeAuthentication } from "./http/authenticate.ts"
import type { Route } from "./http/declaration.ts"
import { OpenStreams } from "./http/feeds/open-streams.ts"
import { makeRun, type UseCaseServices } from "./http/runtime.ts"
import { buildServer } from "./http/server.ts"
import { Outbound } from "./outbound/outbound.ts"
import { SandboxControl } from "./outbound/sandbox-control.ts"
import { Accounts } from "./store/accounts.ts"
import { AuthState } from "./store/auth-state.ts"
import { BulkSends } from "./store/bulk/bulk-sends.ts"
import { CommandLog } from "./store/command-log.ts"
import { type DataDirectory, looseRights, takeDataDirectory } from "./store/data-directory.ts"
import { Database } from "./store/database.ts"
import { Devices } from "./store/devices.ts"
import { Erasure } from "./store/erasure/erasure.ts"
import type { Dialect } from "./store/dialect/dialect.ts"
import { whileThere } from "./store/dialect/while-there.ts"
import { DirectoryWatch } from "./store/directory-watch.ts"
import type { OwnershipEvents } from "./store/dialect/mysql/ownership.ts"
import { openMysql } from "./store/dialect/mysql/mysql.ts"
import { openSqlite } from "./store/dialect/sqlite.ts"
import { defaultEventLogOptions, EventLog } from "./store/log/event-log.ts"
import { MediaFolder } from "./store/media/media-folder.ts"
import { Messages } from "./store/messages.ts"
import { Refusals } from "./store/refusals.ts"
import { Roster } from "./store/roster/roster.ts"
import { Secrets } from "./store/secrets/secrets.ts"
import { Subscriptions } from "./store/subscriptions/subscriptions.ts"
import { Tokens } from "./store/tokens.ts"
import { Deliveries } from "./store/webhook/deliveries.ts"
import { Webhooks } from "./store/webhook/webhooks.ts"
import { dispatchWebhooks } from "./webhooks/dispatch.ts"
import { applySettings } from "./webhooks/environment.ts"
import { WebhookMeans } from "./webhooks/means.ts"
import { webhookSenderLayer } from "./webhooks/sending.ts"
import { Tellings } from "./webhooks/telling.ts"
import { WebVersions } from "./store/web-version.ts"
import { baileysWhatsApp } from "./whatsapp/baileys/adapter.ts"
import { ReceivedFiles } from "./whatsapp/received-files.ts"

export interface Gateway {
  /** `http://<host>:<port>`. */
  readonly url: string
  readonly port: number
  /** A new operator's key to show once, and the file that holds it. */
  readonly operatorKey: Pick<OperatorKey, "made" | "file">
  /** For files of a moment, such as those that are being encrypted. On the disk of the data directory, and emptied at every start. */
  readonly temporaryDirectory: string
  /** For code in the same process, such as tests. */
  readonly runtime: ManagedRuntime.ManagedRuntime<Provided, unknown>
  readonly stop: () => Promise<void>
}

/** Everything that this file provides: the routes' services, and those of the background work. */
type Provided = UseCaseServices | Subscriptions | WebhookMeans

/** Terminal: another gateway has taken the database while this one could not reach it. */
export class DatabaseTaken extends Error {
  readonly _tag = "DatabaseTaken"
  constructor() {
    super("another gateway has taken this database; this one has ended")
  }
}

/** Terminal: the server cannot listen on the address in the settings. The message says which setting to change. */
export class CannotListen extends Error {
  readonly _tag = "CannotListen"
}

export interface GatewayOptions {
  /** Called when the gateway had to end on its own. Nothing is left running then. */
  readonly ended?: (reason: DatabaseTaken) => void
  /** For tests: throws when a response differs from its declaration. */
  readonly checkAnswer?: (route: Route, schema: Schema.Top, text: string) => void
}

/** Rejects, with nothing left running, if the gateway cannot start. */
export const startGateway = async (
  settings: Settings,
  version: string,
  logger: Logger,
  { ended = () => {}, checkAnswer }: GatewayOptions = {}
): Promise<Gateway> => {
  const directory = takeDataDirectory(settings.dataDirectory)
  const ownership = { taken: () => {}, unheard: () => {}, patienceMs: settings.storePatienceMs }
  const runtime = ManagedRuntime.make(services(settings, directory, logger, ownership))
  try {
    const gateway = await listen({ settings, version, logger, runtime, directory, checkAnswer })
    const devices = await runtime.runPromise(DeviceHost)
    const taken = () => ended(new DatabaseTaken())
    ownership.taken = () => void gateway.stop().then(taken, taken)
    ownership.unheard = () => {
      logger.warn(
        "the database could not be reached for a while; the connections to WhatsApp are closed until it is back"
      )
      void runtime.runPromise(devices.disconnect)
    }
    return gateway
  } catch (failure) {
    await runtime.dispose()
    directory.release()
    throw failure
  }
}

interface Parts {
  readonly settings: Settings
  readonly version: string
  readonly logger: Logger
  readonly runtime: ManagedRuntime.ManagedRuntime<Provided, unknown>
  readonly directory: DataDirectory
  readonly checkAnswer: GatewayOptions["checkAnswer"]
}

const listen = async (parts: Parts): Promise<Gateway> => {
  const { settings, version, logger, runtime, directory, checkAnswer } = parts
  const devices = await runtime.runPromise(DeviceHost)
  for (const sentence of looseRights(settings.dataDirectory)) logger.warn(sentence)
  const { ignored } = settings.wwebjs
  if (ignored.length > 0) logger.info(`there is no browser, so these settings are ignored: ${ignored.join(", ")}`)
  const operatorKey = openOperatorKey(settings.dataDirectory, settings.apiKey)
  const { mac } = await runtime.runPromise(Secrets)
  const { noteRequest } = await runtime.runPromise(CatchUps)
  const inOrder = await runtime.runPromise(devices.boot)
  await runtime.runPromise(applySettings(settings.webhooks.ofSettings))
  const run = makeRun(runtime, makeAuthentication(operatorKey, settings))
  const app = await buildServer({ run, settings, mac, version, noteRequest, checkAnswer }, logger)
  const listenTextResolver = (address: string) => `listening on ${address}, ${inOrder} devices loaded`
  await app.listen({ host: settings.host, port: settings.port, listenTextResolver }).catch((failure: unknown) => {
    throw listenProblem(failure, settings)
  })
  const address = app.server.address()
  const port = typeof address === "object" && address ? address.port : settings.port
  const background = runtime.runFork(
    Effect.all(
      [
        ...(settings.wwebjs.startsSessions ? [resume(devices, settings, logger)] : []),
        markSeen(settings.wwebjs.marksSeen),
        logTransitions(logger),
        fetchArrivingFiles(settings, logger),
        runBulkSends(logger),
        retentionJob(settings, logger),
        dispatchWebhooks(logger)
      ],
      { concurrency: "unbounded", discard: true }
    )
  )
  return {
    url: httpUrl(settings.host, port),
    port,
    operatorKey,
    temporaryDirectory: directory.temporaryDirectory,
    runtime,
    stop: once(async () => {
      const { shutdownTimeoutMs } = settings
      await runtime.runPromise(Fiber.interrupt(background))
      // Closes idle connections now. Requests in progress may still need their devices, for a limited time.
      const closed = app.close()
      await within(shutdownTimeoutMs * REQUESTS_SHARE, closed)
      await runtime.runPromise(devices.stop(shutdownTimeoutMs * DEVICES_SHARE))
      app.server.closeAllConnections()
      await within(LAST_MS, closed)
      await within(LAST_MS, runtime.dispose())
      directory.release()
    })
  }
}

/** Shares of the time for a stop: for requests to end, and for devices to close and record what they still have. */
const REQUESTS_SHARE = 0.4
const DEVICES_SHARE = 0.5
const LAST_MS = 500

/** Runs `work` at the first call; later calls wait for the same run. */
const once = (work: () => Promise<void>): (() => Promise<void>) => {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}

/** Explains a known failure in the operator's terms; returns other failures unchanged. */
export const listenProblem = (failure: unknown, { host, port }: Pick<Settings, "host" | "port">): unknown => {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `PORT: ${port} is in use on ${host}; stop the other program, or set another PORT`,
    EACCES: `PORT: this user may not listen on ${port}; set a port above 1023`,
    EADDRNOTAVAIL: `HOST: ${host} is not an address of this machine`,
    ENOTFOUND: `HOST: ${host} is neither an address nor a name that can be resolved`,
    EAI_AGAIN: `HOST: ${host} is neither an address nor a name that can be resolved`
  }
  const { code = "" } = failure as { code?: string }
  const reason = reasons[code]
  return reason === undefined ? failure : new CannotListen(reason, { cause: failure })
}

const openDatabase = async (
  { database }: Settings,
  directory: DataDirectory,
  logger: Logger,
  ownership: OwnershipEvents
): Promise<Dialect> => {
  const taken = () => ownership.taken()
  const notice = (sentence: string) => logger.error(sentence)
  const dialect =
    database === undefined
      ? openSqlite(directory.databaseFile, { notice, taken })
      : await openMysql(database, {
          warn: (sentence) => logger.warn(sentence),
          patienceMs: ownership.patienceMs,
          taken,
          unheard: () => ownership.unheard()
        })
  const file = database === undefined ? directory.databaseFile : undefined
  return whileThere(dialect, new DirectoryWatch(directory, file, { taken, notice }))
}

const services = (
  settings: Settings,
  directory: DataDirectory,
  logger: Logger,
  ownership: OwnershipEvents
): Layer.Layer<Provided, unknown> => {
  const progress = (projection: string, position: number, end: number) =>
    logger.info({ projection, position, end }, "rebuilding a read model")
  const store = EventLog.layer({ ...defaultEventLogOptions, progress }).pipe(
    Layer.provideMerge(Database.layer(() => openDatabase(settings, directory, logger, ownership)))
  )
  const keys = Secrets.layer({ directory: settings.dataDirectory, masterKey: settings.masterKey })
  const rows = Layer.mergeAll(
    Accounts.layer,
    AuthState.layer,
    BulkSends.layer,
    CommandLog.layer,
    Devices.layer,
    Messages.layer,
    MediaFolder.layer(directory.mediaDirectory),
    Refusals.layer,
    Roster.layer,
    Subscriptions.layer,
    Tokens.layer,
    Webhooks.layer,
    Deliveries.layer,
    Outbound.layer({ allow: settings.outboundAllow }),
    SandboxControl.layer(settings.network?.controlUrl),
    CatchUps.layer,
    WebVersions.layer
  ).pipe(Layer.provideMerge(keys), Layer.provideMerge(store))
  const whatsapp = baileysWhatsApp({
    url: settings.network?.url,
    rootKey: settings.network?.rootKey,
    caFile: settings.network?.caFile,
    deviceName: settings.deviceName,
    mediaDirectory: directory.mediaDirectory,
    keepAliveMs: settings.keepAliveMs,
    deafAfterMs: settings.deafAfterMs,
    pairingTimes: settings.pairingTimes,
    version: settings.version,
    versionUrl: settings.versionUrl,
    resendWaitMs: settings.resendWaitMs,
    debug: logger.isLevelEnabled("debug") ? (text) => logger.debug({ baileys: text }) : undefined,
    warn: (text) => logger.warn({ whatsapp: text })
  })
  const devices = devicesInThisProcess(settings, ({ id: device }, cause, restartInMs) =>
    logger.error({ device, cause: String(cause), restartInMs }, "a device actor crashed and will be restarted")
  )
  const useCases = Layer.mergeAll(
    Backups.layer(settings),
    Erasure.layer,
    ErasureLine.layer,
    BulkWake.layer,
    HostedLinks.layer,
    KeysInUse.layer,
    PairingCodes.layer,
    TestReceiver.layer,
    Tickets.layer,
    TokenUse.layer,
    TokenWatch.layer,
    Verifier.layer(settings.dataDirectory),
    Vitals.layer
  )
  const files = ReceivedFiles.layer(settings.attachmentBytesMax)
  const webhooks = webhookSenderLayer.pipe(
    Layer.provideMerge(WebhookMeans.layer({ ...settings.webhooks, apiKey: settings.apiKey }))
  )
  return Layer.mergeAll(webhooks, Tellings.layer(FEED_FILE_BYTES_MAX)).pipe(
    Layer.provideMerge(Layer.mergeAll(devices, files, useCases, OpenStreams.layer)),
    Layer.provideMerge(Layer.mergeAll(Layer.succeed(Limits, settings), Layer.succeed(RetentionRules, settings))),
    Layer.provideMerge(whatsapp),
    Layer.provideMerge(rows)
  )
}

/** Larger files of messages are not sent over a live feed, which buffers them. */
const FEED_FILE_BYTES_MAX = 1_000_000

const resume = (devices: DeviceHostShape, settings: Settings, logger: Logger) =>
  devices.resume(settings.startPauseMs).pipe(
    Effect.tap((count) => Effect.sync(() => count > 0 && logger.info({ devices: count }, "connections resumed"))),
    Effect.retry(Schedule.spaced(1_000)),
    Effect.ignore
  )

const within = (timeoutMs: number, work: PromiseLike<unknown>): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer))
}
