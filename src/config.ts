/**
 * All settings, with their defaults and units. Every wrong setting is reported at once, by name.
 *
 * Settings come from the environment, or from `.env` where it exists. Secrets have no default.
 */
import { isIP } from "node:net"
import { join } from "node:path"
import { Config, ConfigProvider, Effect, Option, Result, Schema } from "effect"
import { defaultPauses, type RetryPauses } from "./actors/device/disconnect-policy.ts"
import type { Retention } from "./store/erasure/retention.ts"
import {
  DEFAULT_DATABASE,
  DEFAULT_PORT,
  DEFAULT_USER,
  nameProblem,
  parseDatabaseUrl
} from "./store/dialect/mysql/location.ts"
import { isLoopback, isLoopbackUrl } from "./host.ts"
import { type ArrivalSettings, mediaPolicies } from "./application/arriving-files.ts"
import { OPERATOR_KEY_LENGTH_MIN } from "./application/operator-key.ts"
import { PATIENCE_MAX_MS } from "./store/dialect/mysql/ownership.ts"
import { type MysqlSettings, tlsModes } from "./store/dialect/mysql/settings.ts"
import { tlsFrom } from "./store/dialect/mysql/tls.ts"
import { retainableTypes } from "./store/projections/registry.ts"
import { meantBy } from "./setting-names.ts"
import { keyProblem } from "./store/secrets/master-key.ts"
import { isSessionWebhook, readWebhookSettings, type WebhookSettingsOfConfig } from "./webhook-settings.ts"
import { SERVICE_WORKER_URL } from "./whatsapp/address.ts"
import { readWwebjsSettings, type WwebjsSettings } from "./wwebjs-settings.ts"
import type { PairingTimes } from "./whatsapp/pairing-times.ts"

export interface Settings extends WebhookSettingsOfConfig {
  readonly host: string
  readonly port: number
  /** Holds the embedded database, keys and files. */
  readonly dataDirectory: string
  readonly backups: {
    /** Where backups that the API starts are kept. */
    readonly directory: string
    /** When there are more, the oldest is deleted. */
    readonly keptMax: number
    /** A backup leaves so many bytes free on its disk. */
    readonly freeBytesMin: number
  }
  /** The database server; undefined: embedded SQLite in the data directory. */
  readonly database: MysqlSettings | undefined
  /** The operator's key; undefined: the key in the data directory, which the first start creates. */
  readonly apiKey: string | undefined
  /** 32 bytes that encrypt the credentials; undefined: the file in the data directory, which the first start creates. */
  readonly masterKey: string | undefined
  /** The name that phones show under linked devices. */
  readonly deviceName: string
  readonly logLevel: (typeof LOG_LEVELS)[number]
  /** The proxies whose X-Forwarded-For is trusted: true, false, a number of hops, or a list of addresses. */
  /** Names that requests may have in `Host` while the server is bound to loopback; `*` accepts all. */
  readonly allowedHosts: readonly string[]
  readonly trustProxy: boolean | number | string
  readonly isRegistrationOpen: boolean
  /** Origins whose pages may call the API. */
  readonly allowedOrigins: readonly string[]
  readonly devicesPerUserMax: number
  /** Devices that a user may add within a day, including those that the user removed again. */
  readonly newDevicesPerDayMax: number
  /** Live streams that a user, or the operator, may have open. */
  readonly streamsPerUserMax: number
  /** Idempotency keys that a user, or the operator, may use within a day. */
  readonly newKeysPerDayMax: number
  /** Pairing codes within an hour: for one device, and from one user for one number. */
  readonly pairingCodesPerHourMax: number
  readonly attachmentBytesMax: number
  /** When the files of received messages are fetched from WhatsApp. */
  readonly mediaDownload: ArrivalSettings["mediaDownload"]
  readonly mediaFreeBytesMin: number
  /** The time limit for a body without a file; for a file, the time limit between two pieces of it. */
  readonly bodyTimeoutMs: number
  readonly sendAckTimeoutMs: number
  /** A message that WhatsApp does not acknowledge is given up after this time. */
  readonly messageExpiresMs: number
  /** How long payloads are kept by type, and whole events. */
  readonly retention: Retention
  readonly rateLimitMax: number
  readonly rateLimitWindowMs: number
  /** Failed logins of one client network within a minute, and wrong tokens. */
  readonly failedLoginsMax: number
  readonly wrongTokensMax: number
  readonly mailboxMax: number
  readonly signalsMax: number
  /** How long sockets stay open while the store is unavailable. */
  readonly storePatienceMs: number
  readonly outboxMax: number
  /** The shortest time between two messages of one device. */
  readonly sendPacingMs: number
  /** A device that never connected is removed at this age. */
  readonly deviceExpiresMs: number
  readonly retryPauses: RetryPauses
  /** The time between two devices that connect at start. */
  readonly startPauseMs: number
  readonly shutdownTimeoutMs: number
  readonly keepAliveMs: number
  /** The time limit for each step of opening a connection: a QR or a login, then the end of the login. */
  readonly openingTimeoutMs: number
  readonly deafAfterMs: number
  readonly pairingTimes: PairingTimes
  /** The third part of the version of WhatsApp Web that the gateway names; undefined for the newest. */
  readonly version: number | undefined
  /** Where the gateway reads the newest version; undefined: it does not. */
  readonly versionUrl: string | undefined
  /** How long a message that came without content waits for it: from the phone, or from its sender. */
  readonly resendWaitMs: number
  readonly wwebjs: WwebjsSettings
  /** A WhatsApp network on loopback instead of the real one; only in the sandbox. */
  readonly network: Network | undefined
}

export interface Network {
  readonly url: string
  readonly rootKey: string | undefined
  readonly caFile: string | undefined
  /** The API that simulates its phones. With it the dashboard has a phone. */
  readonly controlUrl: string | undefined
}

/** Rejection: settings are wrong. Each problem is a sentence that begins with the setting's name. */
export class InvalidSettings extends Schema.TaggedError<InvalidSettings>()("InvalidSettings", {
  problems: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.problems.join("\n")
  }
}

const LOG_LEVELS = ["silent", "error", "warn", "info", "debug", "trace"] as const

const text = Schema.String.check(Schema.isMinLength(1))
const whole = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))
const flag = Config.Boolean

const DAY_MS = 86_400_000

/** Reads and checks the environment. */
export const readSettings = (
  env: Readonly<Record<string, string | undefined>>
): Effect.Effect<Settings, InvalidSettings> => readNamed(env, new Set())

/** Adds the name of every setting that it reads to `names`. */
const readNamed = (
  env: Readonly<Record<string, string | undefined>>,
  names: Set<string>
): Effect.Effect<Settings, InvalidSettings> =>
  Effect.gen(function* () {
    const problems: string[] = []
    const given = Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value]]))
    )
    const provider = ConfigProvider.fromEnv({ env: given })
    // wwebjs-api's settings are TRUE and FALSE.
    const lowered = Object.entries(given).map(([name, value]) => [name, value.toLowerCase()])
    const inLowerCase = ConfigProvider.fromEnv({ env: Object.fromEntries(lowered) })

    /** The setting's value, or the default if it is not set. A wrong value is added to the problems. */
    const read = <A>(name: string, config: Config.Config<A>, otherwise: A, from = provider): A => {
      names.add(name)
      const result = Effect.runSync(Effect.result(Config.option(config).parse(from)))
      if (Result.isSuccess(result)) return Option.getOrElse(result.success, () => otherwise)
      problems.push(`${name}: ${reasonOf(result.failure)}`)
      return otherwise
    }
    const string = <A extends string | undefined>(name: string, otherwise: A) =>
      read<string | A>(name, Config.schema(text, name), otherwise)
    const int = (name: string, otherwise: number, minimum: number, maximum?: number) =>
      read(name, Config.schema(whole(minimum, maximum), name), otherwise)

    const host = string("HOST", "127.0.0.1")
    const registration = read("REGISTRATION", Config.Literals(["open", "closed"], "REGISTRATION"), undefined)
    const isSandbox = read("SANDBOX", flag("SANDBOX"), false)
    const network = {
      url: string("WA_URL", undefined),
      rootKey: string("WA_ROOT_KEY", undefined),
      caFile: string("WA_CA_FILE", undefined),
      controlUrl: string("WA_CONTROL_URL", undefined)
    }
    if (!isSandbox) {
      for (const name of ["WA_URL", "WA_ROOT_KEY", "WA_CA_FILE", "WA_CONTROL_URL", "WA_VERSION_URL"]) {
        if (given[name] !== undefined) problems.push(`${name}: is only for the sandbox; set SANDBOX=1 as well`)
      }
    } else if (network.url === undefined) problems.push("WA_URL: is needed with SANDBOX=1")
    // Who controls it can do everything with its phones, and it asks for no credential.
    if (network.controlUrl !== undefined && !isLoopbackUrl(network.controlUrl)) {
      problems.push("WA_CONTROL_URL: must be an http URL of this machine, such as http://127.0.0.1:4000")
    }
    const server = {
      host: string("DB_HOST", undefined),
      port: int("DB_PORT", DEFAULT_PORT, 1, 65_535),
      user: string("DB_USER", DEFAULT_USER),
      password: string("DB_PASSWORD", ""),
      database: string("DB_NAME", DEFAULT_DATABASE)
    }
    const wrongName = nameProblem(server.database)
    if (wrongName !== undefined) problems.push(`DB_NAME: ${wrongName}`)
    const url = string("DATABASE_URL", undefined)
    const atUrl = url === undefined ? undefined : parseDatabaseUrl(url)
    if (typeof atUrl === "string") problems.push(`DATABASE_URL: ${atUrl}`)
    if (url !== undefined && server.host !== undefined) {
      problems.push("DATABASE_URL: replaces DB_HOST; set only one of them")
    }
    const ssl = {
      mode: read("DB_SSL_MODE", Config.Literals(tlsModes, "DB_SSL_MODE"), undefined),
      caFile: string("DB_SSL_CA", undefined)
    }
    const tls = server.host === undefined ? undefined : tlsFrom(server.host, ssl)
    if (typeof tls === "string") problems.push(`DB_SSL_MODE: ${tls}`)
    if (server.host === undefined && (ssl.mode !== undefined || ssl.caFile !== undefined)) {
      problems.push(
        url === undefined
          ? "DB_SSL_MODE, DB_SSL_CA: need DB_HOST, which is not set"
          : "DB_SSL_MODE, DB_SSL_CA: are not used with DATABASE_URL; add ?ssl-mode= and ssl-ca= to it"
      )
    }
    const atHost =
      server.host === undefined
        ? undefined
        : { ...server, host: server.host, ...(typeof tls === "object" ? { tls } : {}) }

    const apiKey = string("API_KEY", undefined)
    if (apiKey !== undefined && apiKey.length < OPERATOR_KEY_LENGTH_MIN) {
      problems.push(`API_KEY: must have at least ${OPERATOR_KEY_LENGTH_MIN} characters`)
    }

    const masterKey = string("MASTER_KEY", undefined)
    const wrongKey = masterKey === undefined ? undefined : keyProblem(masterKey)
    if (wrongKey !== undefined) problems.push(`MASTER_KEY: ${wrongKey}`)

    const isOn = (name: string, otherwise: boolean) => read(name, flag(name), otherwise, inLowerCase)
    const reader = { string, int, flag: isOn, given, problems }
    const dataDirectory = string("DATA_DIR", "data")
    const settings: Settings = {
      ...readWebhookSettings(reader),
      wwebjs: readWwebjsSettings(reader),
      host,
      port: int("PORT", 3000, 0, 65_535),
      dataDirectory,
      backups: {
        directory: string("BACKUP_DIR", join(dataDirectory, "backups")),
        keptMax: int("BACKUPS_MAX", 3, 1, 100),
        freeBytesMin: int("BACKUP_FREE_MIN", 1_000_000_000, 0)
      },
      database: typeof atUrl === "object" ? atUrl : atHost,
      apiKey,
      masterKey,
      deviceName: string("DEVICE_NAME", "Bitácora"),
      logLevel: read("LOG_LEVEL", Config.Literals(LOG_LEVELS, "LOG_LEVEL"), "info"),
      trustProxy: proxyTrust(string("TRUST_PROXY", "false").toLowerCase(), problems),
      allowedHosts: listOf(string("ALLOWED_HOSTS", "").toLowerCase()),
      allowedOrigins: originsOf(string("ALLOWED_ORIGINS", ""), problems),
      isRegistrationOpen: registration === undefined ? isLoopback(host) : registration === "open",
      devicesPerUserMax: int("DEVICES_PER_USER_MAX", 10, 1, 10_000),
      newDevicesPerDayMax: int("NEW_DEVICES_PER_DAY_MAX", 100, 1),
      streamsPerUserMax: int("STREAMS_PER_USER_MAX", 100, 1, 100_000),
      newKeysPerDayMax: int("NEW_KEYS_PER_DAY_MAX", 100_000, 1),
      pairingCodesPerHourMax: int("PAIRING_CODES_PER_HOUR_MAX", 5, 1),
      attachmentBytesMax: int("MAX_ATTACHMENT_SIZE", 100_000_000, 1, 2_000_000_000),
      mediaDownload: read("MEDIA_DOWNLOAD", Config.Literals(mediaPolicies, "MEDIA_DOWNLOAD"), "on_request"),
      mediaFreeBytesMin: int("MEDIA_FREE_MIN", 1_000_000_000, 0),
      bodyTimeoutMs: int("BODY_TIMEOUT_MS", 30_000, 100, DAY_MS),
      sendAckTimeoutMs: int("SEND_ACK_TIMEOUT_MS", 10_000, 100, 120_000),
      messageExpiresMs: int("MESSAGE_EXPIRES_MS", 300_000, 1_000, DAY_MS),
      retention: retentionOf(string("RETENTION", ""), problems),
      rateLimitMax: int("RATE_LIMIT_MAX", 1_000, 1),
      rateLimitWindowMs: int("RATE_LIMIT_WINDOW_MS", 1_000, 1, DAY_MS),
      failedLoginsMax: int("FAILED_LOGINS_MAX", 20, 1),
      wrongTokensMax: int("WRONG_TOKENS_MAX", 100, 1),
      mailboxMax: int("DEVICE_MAILBOX_MAX", 256, 1),
      signalsMax: int("DEVICE_SIGNALS_MAX", 10_000, 1),
      storePatienceMs: int("STORE_PATIENCE_MS", 30_000, 100, PATIENCE_MAX_MS),
      outboxMax: int("DEVICE_OUTBOX_MAX", 1_000, 1),
      sendPacingMs: int("SEND_PACING_MS", 0, 0, 3_600_000),
      deviceExpiresMs: int("DEVICE_EXPIRES_MS", 3_600_000, 1, 30 * DAY_MS),
      retryPauses: {
        firstMs: int("RETRY_FIRST_MS", defaultPauses.firstMs, 1, 5_000),
        capMs: int("RETRY_CAP_MS", defaultPauses.capMs, 1, DAY_MS),
        replacedMs: int("RETRY_REPLACED_MS", defaultPauses.replacedMs, 1, DAY_MS)
      },
      startPauseMs: int("START_PAUSE_MS", 50, 0, 60_000),
      shutdownTimeoutMs: int("SHUTDOWN_TIMEOUT_MS", 8_000, 100, 300_000),
      keepAliveMs: int("WA_KEEP_ALIVE_MS", 30_000, 500, 300_000),
      openingTimeoutMs: int("WA_OPENING_TIMEOUT_MS", 60_000, 100, 600_000),
      deafAfterMs: int("WA_DEAF_AFTER_MS", 60_000, 100, DAY_MS),
      pairingTimes: {
        qrMs: int("WA_QR_MS", 0, 0, 60_000) || undefined,
        codeMs: int("WA_CODE_MS", 180_000, 100, 600_000),
        codeStepMs: int("WA_CODE_STEP_MS", 60_000, 50, 600_000),
        passkeyStepMs: int("WA_PASSKEY_STEP_MS", 120_000, 50, 600_000)
      },
      version: versionOf(string("WA_VERSION", undefined), problems),
      versionUrl: string("WA_VERSION_URL", isSandbox ? undefined : SERVICE_WORKER_URL),
      resendWaitMs: int("WA_RESEND_WAIT_MS", 15_000, 100, DAY_MS),
      network: isSandbox && network.url !== undefined ? { ...network, url: network.url } : undefined
    }
    for (const name of Object.keys(given)) {
      const meant = isSessionWebhook(name) ? undefined : meantBy(name, names)
      if (meant !== undefined) problems.push(`${name}: is not a setting; did you mean ${meant}?`)
    }
    if (problems.length > 0) return yield* new InvalidSettings({ problems })
    return settings
  })

/** Parses `message.received=90d,history.synced=30d`. Adds what is wrong to `problems`. */
const retentionOf = (given: string, problems: string[]): Retention => {
  const retention: { -readonly [Kept in keyof Retention]: Retention[Kept] } = {}
  const names = [...retainableTypes, "files", "envelopes"] as const
  for (const entry of given.split(",").filter((each) => each.trim() !== "")) {
    const [, name, days] = entry.trim().match(/^([\w.]+)=([1-9]\d{0,4})d$/) ?? []
    const type = names.find((each) => each === name)
    if (type === undefined) {
      problems.push(`RETENTION: ${entry.trim()} is not <type>=<days>d with a type of ${names.join(", ")}`)
    } else retention[type] = Number(days) * DAY_MS
  }
  return retention
}

/** The third part of a version like 2.3000.1046865705; Adds what is wrong to `problems`. */
const versionOf = (given: string | undefined, problems: string[]): number | undefined => {
  if (given === undefined) return undefined
  const [, revision] = given.match(/^(?:2\.3000\.)?(\d{6,10})$/) ?? []
  if (revision === undefined) problems.push(`WA_VERSION: ${given} is not a version like 2.3000.1046865705`)
  return revision === undefined ? undefined : Number(revision)
}

/** Parses `*`, or a list of origins. Adds what is wrong to `problems`. */
const originsOf = (given: string, problems: string[]): readonly string[] => {
  const origins = listOf(given).map((each) => each.replace(/\/$/, ""))
  const wrong = origins.find((each) => each !== "*" && !isOrigin(each))
  if (wrong !== undefined) {
    problems.push(`ALLOWED_ORIGINS: ${wrong} is not an origin like https://app.example, or *`)
  }
  return origins
}

/** The entries of a comma-separated list. */
const listOf = (given: string): readonly string[] =>
  given
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "")

const isOrigin = (text: string): boolean => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text

/** Adds what is wrong to `problems`. */
const proxyTrust = (given: string, problems: string[]): boolean | number | string => {
  if (given === "true" || given === "false") return given === "true"
  if (/^\d+$/.test(given)) return Number(given)
  const wrong = given.split(",").find((each) => !isAddressRange(each.trim()))
  if (wrong !== undefined) {
    problems.push(
      `TRUST_PROXY: ${wrong.trim() || "nothing"} is not true, false, a number of hops, or an address like 10.0.0.0/8`
    )
  }
  return given
}

/** An address, a range of addresses, or a name for some ranges. */
const isAddressRange = (given: string): boolean => {
  if (["loopback", "linklocal", "uniquelocal"].includes(given)) return true
  const [address = "", bits, more] = given.split("/")
  const bitsMax = isIP(address) === 6 ? 128 : 32
  const isRange = bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= bitsMax)
  return isIP(address) !== 0 && isRange && more === undefined
}

/** The first line of a schema's message, without its frame. */
const reasonOf = (error: Config.ConfigError): string =>
  error.message
    .replace(/^(ConfigError|SchemaError)\(/g, "")
    .split("\n")[0]
    ?.replace(/^SchemaError\(/, "") ?? "is wrong"

/** The names of all settings. */
export const settingNames: ReadonlySet<string> = (() => {
  const names = new Set<string>()
  Effect.runSync(readNamed({}, names))
  return names
})()
