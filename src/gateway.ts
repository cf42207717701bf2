/**
 * The whole gateway: settings in, a listening server out. Wiring and order only.
 *
 * Start: take the data directory, open the store, put every device in order that was left connected, listen, and only then take
 * up connections one after the other. Stop: no more requests, sockets flushed and closed, what they still had recorded, store
 * closed.
 */
import { Effect, Fiber, Layer, ManagedRuntime, Schedule } from "effect"
import type { Logger } from "pino"
import { DeviceDirectory } from "./actors/directory.ts"
import type { Settings } from "./config.ts"
import { COMMANDS_KEPT_MS, retentionJob } from "./application/retention.ts"
import { logTransitions } from "./application/transition-log.ts"
import { httpUrl } from "./host.ts"
import { AttemptLimiter } from "./http/access/attempt-limiter.ts"
import { openOperatorKey } from "./http/access/operator-key.ts"
import { TokenWatch } from "./http/access/token-watch.ts"
import { makeRun, type Services } from "./http/runtime.ts"
import { KeysInUse } from "./http/idempotency.ts"
import { buildServer } from "./http/server.ts"
import { Accounts } from "./store/accounts.ts"
import { AuthState } from "./store/auth-state.ts"
import { CommandLog } from "./store/command-log.ts"
import { type DataDirectory, takeDataDirectory } from "./store/data-directory.ts"
import { Database } from "./store/database.ts"
import { Devices } from "./store/devices.ts"
import { Erasure } from "./store/erasure/erasure.ts"
import type { OwnershipEvents } from "./store/dialect/mysql/ownership.ts"
import { openMysql } from "./store/dialect/mysql/mysql.ts"
import { openSqlite } from "./store/dialect/sqlite.ts"
import { defaultEventLogOptions, EventLog } from "./store/log/event-log.ts"
import { MediaFolder } from "./store/media/media-folder.ts"
import { Messages } from "./store/messages.ts"
import { Subscriptions } from "./store/subscriptions/subscriptions.ts"
import { baileysWhatsApp } from "./whatsapp/baileys/adapter.ts"
import { ReceivedFiles } from "./whatsapp/received-files.ts"

export interface Gateway {
  /** `http://<host>:<port>`. */
  readonly url: string
  readonly port: number
  /** A new operator's key to show once, and where it lies. */
  readonly operatorKey: { readonly made: string | undefined; readonly file: string | undefined }
  /** For those in the same process. */
  readonly runtime: ManagedRuntime.ManagedRuntime<Services, unknown>
  readonly stop: () => Promise<void>
}

/** What this file provides: the routes' services, and those that only the background work needs. */
type Provided = Services | Subscriptions

/** Terminal: another gateway has taken the database while this one did not reach it. */
export class DatabaseTaken extends Error {
  readonly _tag = "DatabaseTaken"
  constructor() {
    super("another gateway has taken this database; this one has ended")
  }
}

/** Terminal: nobody can be heard at the address that the settings name; the message says which setting to change. */
export class CannotListen extends Error {
  readonly _tag = "CannotListen"
}

/**
 * Rejects when it cannot start, with nothing left running. `ended` is told when it had to end by itself; nothing is left running
 * then either.
 */
export const startGateway = async (
  settings: Settings,
  version: string,
  logger: Logger,
  ended: (reason: DatabaseTaken) => void = () => {}
): Promise<Gateway> => {
  const directory = takeDataDirectory(settings.dataDirectory)
  const ownership = { taken: () => {}, unheard: () => {}, patienceMs: settings.storePatienceMs }
  const runtime = ManagedRuntime.make(services(settings, directory, logger, ownership))
  try {
    const gateway = await listen(settings, version, logger, runtime, directory)
    const devices = await runtime.runPromise(DeviceDirectory)
    const taken = () => ended(new DatabaseTaken())
    ownership.taken = () => void gateway.stop().then(taken, taken)
    ownership.unheard = () => {
      logger.warn("the database was not reached for a while; connections to WhatsApp are closed until it is back")
      void runtime.runPromise(devices.disconnectAll)
    }
    return gateway
  } catch (failure) {
    await runtime.dispose()
    directory.release()
    throw failure
  }
}

const listen = async (
  settings: Settings,
  version: string,
  logger: Logger,
  runtime: ManagedRuntime.ManagedRuntime<Provided, unknown>,
  directory: DataDirectory
): Promise<Gateway> => {
  const devices = await runtime.runPromise(DeviceDirectory)
  const operatorKey = openOperatorKey(settings.dataDirectory, settings.apiKey)
  const inOrder = await runtime.runPromise(devices.boot)
  const app = await buildServer(
    {
      run: makeRun(runtime),
      settings,
      version,
      keysInUse: new KeysInUse(),
      newKeys: new AttemptLimiter(settings.newKeysPerDayMax, COMMANDS_KEPT_MS),
      authentication: {
        operatorKey,
        wrongTokens: new AttemptLimiter(settings.wrongTokensMax),
        wrongPasswords: new AttemptLimiter(settings.failedLoginsMax)
      }
    },
    logger
  )
  const listenTextResolver = (address: string) => `listening on ${address}, ${inOrder} devices known`
  await app.listen({ host: settings.host, port: settings.port, listenTextResolver }).catch((failure: unknown) => {
    throw listenProblem(failure, settings)
  })
  const address = app.server.address()
  const port = typeof address === "object" && address ? address.port : settings.port
  const background = runtime.runFork(
    Effect.all([resume(devices, settings, logger), logTransitions(logger), retentionJob(settings, logger)], {
      concurrency: "unbounded",
      discard: true
    })
  )
  return {
    url: httpUrl(settings.host, port),
    port,
    operatorKey,
    runtime,
    stop: async () => {
      await runtime.runPromise(Fiber.interrupt(background))
      await within(settings.shutdownTimeoutMs, app.close())
      await runtime.runPromise(devices.stop(settings.shutdownTimeoutMs))
      await runtime.dispose()
      directory.release()
    }
  }
}

/** In the operator's words where the reason is known; other failures stay what they are. */
export const listenProblem = (failure: unknown, { host, port }: Pick<Settings, "host" | "port">): unknown => {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `PORT: ${port} is in use on ${host}; stop the other program, or set another PORT`,
    EACCES: `PORT: this user may not listen on ${port}; set one above 1023`,
    EADDRNOTAVAIL: `HOST: ${host} is no address of this machine`,
    ENOTFOUND: `HOST: ${host} is no address, and no name that is known here`,
    EAI_AGAIN: `HOST: ${host} is no address, and no name that is known here`
  }
  const { code = "" } = failure as { code?: string }
  const reason = reasons[code]
  return reason === undefined ? failure : new CannotListen(reason, { cause: failure })
}

const openDatabase = (settings: Settings, directory: DataDirectory, logger: Logger, ownership: OwnershipEvents) =>
  settings.database === undefined
    ? openSqlite(directory.databaseFile, { notice: (sentence) => logger.error(sentence) })
    : openMysql(settings.database, {
        warn: (sentence) => logger.warn(sentence),
        patienceMs: ownership.patienceMs,
        taken: () => ownership.taken(),
        unheard: () => ownership.unheard()
      })

const services = (
  settings: Settings,
  directory: DataDirectory,
  logger: Logger,
  ownership: OwnershipEvents
): Layer.Layer<Provided, unknown> => {
  const progress = (projection: string, position: number, end: number) =>
    logger.info({ projection, position, end }, "building a read model again")
  const store = EventLog.layer({ ...defaultEventLogOptions, progress }).pipe(
    Layer.provideMerge(Database.layer(() => openDatabase(settings, directory, logger, ownership)))
  )
  const rows = Layer.mergeAll(
    Accounts.layer,
    CommandLog.layer,
    Devices.layer,
    Messages.layer,
    MediaFolder.layer(directory.mediaDirectory),
    Subscriptions.layer,
    AuthState.layer({ directory: settings.dataDirectory, masterKey: settings.masterKey })
  ).pipe(Layer.provideMerge(store))
  const whatsapp = baileysWhatsApp({
    url: settings.network?.url,
    rootKey: settings.network?.rootKey,
    caFile: settings.network?.caFile,
    deviceName: settings.deviceName,
    mediaDirectory: directory.mediaDirectory,
    keepAliveMs: settings.keepAliveMs,
    deafAfterMs: settings.deafAfterMs,
    qrMs: settings.qrMs,
    debug: logger.isLevelEnabled("debug") ? (text) => logger.debug({ baileys: text }) : undefined,
    warn: (text) => logger.warn({ whatsapp: text })
  })
  const devices = DeviceDirectory.layerLocal(settings, (place, cause, restartInMs) =>
    logger.error({ device: place.id, cause: String(cause), restartInMs }, "a device actor died and is restarted")
  )
  const files = ReceivedFiles.layer(settings.attachmentBytesMax)
  return Layer.mergeAll(devices, files, Erasure.layer, TokenWatch.layer).pipe(
    Layer.provideMerge(whatsapp),
    Layer.provideMerge(rows)
  )
}

const resume = (devices: DeviceDirectory["Service"], settings: Settings, logger: Logger) =>
  devices.resumeAll(settings.startPauseMs).pipe(
    Effect.tap((count) =>
      Effect.sync(() => count > 0 && logger.info({ devices: count }, "connections taken up again"))
    ),
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
