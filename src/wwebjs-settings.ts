/** The settings of wwebjs-api, for config.ts. Adds what is wrong to the problems. */
import type { SettingReader } from "./webhook-settings.ts"

export interface WwebjsSettings {
  /** What stands before the paths of the wwebjs dialect: empty, or such as `/whatsapp`. */
  readonly basePath: string
  readonly hasLocalCallback: boolean
  readonly hasApiDocs: boolean
  /** `/ws/<session>`. */
  readonly hasWebSocket: boolean
  /** Connects the devices that were connected, at the start. */
  readonly startsSessions: boolean
  /** Tells senders that their messages were read, a second after they arrive. */
  readonly marksSeen: boolean
  /** Settings of the browser that wwebjs-api runs: those that are set, and mean nothing here. */
  readonly ignored: readonly string[]
}

/** Of the browser, of its folder, and of the version of its page. */
const IGNORED = [
  "ENABLE_WEB_UI",
  "CHROME_BIN",
  "HEADLESS",
  "RECOVER_SESSIONS",
  "RELEASE_BROWSER_LOCK",
  "SESSIONS_PATH",
  "WEB_VERSION",
  "WEB_VERSION_CACHE_TYPE"
] as const

const BASE_PATH = /^(\/[\w.~-]+)+$/

export const readWwebjsSettings = ({ string, flag, given, problems }: SettingReader): WwebjsSettings => {
  for (const name of IGNORED) string(name, "")
  const basePath = string("BASE_PATH", "/").replace(/\/+$/, "")
  if (basePath !== "" && !BASE_PATH.test(basePath)) problems.push(`BASE_PATH: ${basePath} is not a path like /whatsapp`)
  return {
    basePath,
    hasLocalCallback: flag("ENABLE_LOCAL_CALLBACK_EXAMPLE", false),
    hasApiDocs: flag("ENABLE_SWAGGER_ENDPOINT", false),
    // Off by default in wwebjs-api, whose socket needs no key. This one does.
    hasWebSocket: flag("ENABLE_WEBSOCKET", true),
    startsSessions: flag("AUTO_START_SESSIONS", true),
    marksSeen: flag("SET_MESSAGES_AS_SEEN", false),
    ignored: IGNORED.filter((name) => given[name] !== undefined)
  }
}
