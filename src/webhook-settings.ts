/** The settings of webhooks and of outbound requests, for config.ts. Adds what is wrong to the problems. */
import { rangeProblem } from "./outbound/addresses.ts"
import { urlProblem } from "./outbound/url-problem.ts"
import { GLOBAL_SLOT } from "./application/webhooks.ts"
import { BASE_SLOT, type SettingsWebhook } from "./webhooks/environment.ts"
import { defaultDelaysMs, delaysOf } from "./webhooks/schedule.ts"

export interface WebhookSettingsOfConfig {
  /** Ranges of private addresses that webhooks and fetched files may reach. */
  readonly outboundAllow: readonly string[]
  readonly webhooksPerUserMax: number
  readonly webhooks: {
    readonly timeoutMs: number
    readonly delaysMs: readonly number[]
    readonly inFlightMax: number
    readonly fileBytesMax: number
    readonly keptMs: number
    readonly disabledCallbacks: readonly string[]
    /** Those that the settings make. */
    readonly ofSettings: readonly SettingsWebhook[]
  }
}

/** How config.ts reads one setting. */
export interface SettingReader {
  readonly string: (name: string, otherwise: string) => string
  readonly int: (name: string, otherwise: number, minimum: number, maximum?: number) => number
  readonly flag: (name: string, otherwise: boolean) => boolean
  /** All settings that are not empty. */
  readonly given: Readonly<Record<string, string>>
  readonly problems: string[]
}

/** `<SESSION>_WEBHOOK_URL`, where the session's name is in capitals. */
export const isSessionWebhook = (name: string): boolean =>
  /^[A-Z0-9_-]{1,64}_WEBHOOK_URL$/.test(name) && name !== BASE_SLOT

const DAY_MS = 86_400_000

export const readWebhookSettings = ({ string, int, flag, given, problems }: SettingReader): WebhookSettingsOfConfig => {
  const allow = listOf(string("OUTBOUND_ALLOW", ""), ",")
  for (const range of allow) {
    const problem = rangeProblem(range)
    if (problem !== undefined) problems.push(`OUTBOUND_ALLOW: ${problem}`)
  }
  const retries = string("WEBHOOK_RETRIES", "")
  const delaysMs = retries === "" ? defaultDelaysMs : delaysOf(retries)
  if (delaysMs === undefined) {
    problems.push(`WEBHOOK_RETRIES: ${retries} is not a list of at most 30 delays like 5s,5m,30m,2h`)
  }
  const isEnabled = flag("ENABLE_WEBHOOK", true)
  const ofSessions = Object.keys(given).filter(isSessionWebhook)
  const named = [
    [GLOBAL_SLOT, string("WEBHOOK_URL", "")],
    ...(isEnabled
      ? [[BASE_SLOT, string("BASE_WEBHOOK_URL", "")], ...ofSessions.map((name) => [name, given[name] ?? ""])]
      : [])
  ] as [string, string][]
  const ofSettings = named.flatMap(([slot, url]) => (url === "" ? [] : { slot, url }))
  for (const { slot, url } of ofSettings) {
    const problem = urlProblem(url, undefined)
    if (problem !== undefined) problems.push(`${slot}: ${problem}`)
  }
  return {
    outboundAllow: allow,
    webhooksPerUserMax: int("WEBHOOKS_PER_USER_MAX", 100, 1, 10_000),
    webhooks: {
      timeoutMs: int("WEBHOOK_TIMEOUT_MS", 15_000, 100, 60_000),
      delaysMs: delaysMs ?? [],
      inFlightMax: int("WEBHOOK_IN_FLIGHT_MAX", 512, 1, 10_000),
      fileBytesMax: int("WEBHOOK_MEDIA_MAX", 10_000_000, 0, 100_000_000),
      keptMs: int("WEBHOOK_DELIVERIES_DAYS", 14, 1, 3_650) * DAY_MS,
      disabledCallbacks: listOf(string("DISABLED_CALLBACKS", ""), "|"),
      ofSettings
    }
  }
}

const listOf = (text: string, separator: string): readonly string[] =>
  text
    .split(separator)
    .map((each) => each.trim())
    .filter((each) => each !== "")
