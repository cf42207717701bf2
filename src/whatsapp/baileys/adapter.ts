/**
 * The port to WhatsApp on Baileys 7: the settings of all sockets, and which socket of a device is the newest.
 *
 * Read connection.ts next: it wires one connection.
 */
import { DEFAULT_CONNECTION_CONFIG, makeCacheableSignalKeyStore, type WAVersion } from "@whiskeysockets/baileys"
import { Effect, Layer } from "effect"
import { AuthState } from "../../store/auth-state.ts"
import { WebVersions } from "../../store/web-version.ts"
import type { PairingTimes } from "../pairing-times.ts"
import { type OpenRequest, WhatsApp } from "../whatsapp.ts"
import { identityOf, loadAuth, loadIdentity } from "./auth/device-auth.ts"
import { openConnection } from "./connection.ts"
import { quietLibsignal } from "./encryption/quiet-libsignal.ts"
import type { Browser } from "./pairing/browser.ts"
import { baileysLogger } from "./process/baileys-logger.ts"
import { type NetworkTrust, trustNetwork } from "./process/network-trust.ts"
import { RetryCounts } from "./process/retry-counts.ts"
import { rememberUndecoded } from "./receiving/content/unknown.ts"
import { download, type RemoteFile } from "./receiving/download.ts"
import type { LivenessLimits } from "./socket/liveness.ts"
import { VersionChoice } from "./version/version-choice.ts"

export interface BaileysSettings extends NetworkTrust {
  /** WebSocket URL; undefined is WhatsApp's own. */
  readonly url: string | undefined
  /** The name that the phone shows under its linked devices. */
  readonly deviceName: string
  /** The folder with files to send, named by their SHA-256. */
  readonly mediaDirectory: string
  /** Time between two pings. After two pings without an answer the connection is lost. */
  readonly keepAliveMs: number
  /** The gateway gives a connection up if messages arrive but none is processed for this long. */
  readonly deafAfterMs: number
  readonly pairingTimes: PairingTimes
  /** The third part of the version of WhatsApp Web that the operator has fixed; undefined: the newest that is known. */
  readonly version: number | undefined
  /** Where the newest version is read; undefined: nowhere. */
  readonly versionUrl: string | undefined
  /** How long a message that came without content waits for it: from the phone, or from its sender. */
  readonly resendWaitMs: number
  /** Called with Baileys' own log lines, for debugging; undefined drops them. */
  readonly debug: ((text: string) => void) | undefined
  readonly warn: (text: string) => void
}

/** The longest time a timer takes: Baileys is to send no pings, because socket/keep-alive.ts sends them. */
const NEVER_MS = 2_147_483_647
/** Time for the answer to a second ping. */
const ANSWER_MS = 6_000

const livenessLimits = ({ keepAliveMs, deafAfterMs }: BaileysSettings): LivenessLimits => ({
  pingMs: keepAliveMs,
  silentMs: 2 * keepAliveMs + ANSWER_MS,
  deafMs: deafAfterMs
})

export const baileysWhatsApp = (settings: BaileysSettings): Layer.Layer<WhatsApp, never, AuthState | WebVersions> =>
  Layer.effect(
    WhatsApp,
    Effect.gen(function* () {
      const store = yield* AuthState
      quietLibsignal()
      rememberUndecoded()
      trustNetwork(settings)
      const logger = baileysLogger(settings.debug)
      const retryCounts = new RetryCounts()
      const newest = new Map<number, symbol>()
      const fetchFile = (file: RemoteFile) => download(file, settings.url !== undefined)
      const [major, minor, bundled] = DEFAULT_CONNECTION_CONFIG.version
      const { version: fixed, versionUrl, warn } = settings
      const versions = new VersionChoice({ fixed, url: versionUrl, bundled, store: yield* WebVersions, warn })

      const config = (request: OpenRequest, version: WAVersion) => ({
        logger,
        version,
        browser: [settings.deviceName, "Chrome", ""] as Browser,
        ...(settings.url === undefined ? {} : { waWebSocketUrl: settings.url }),
        keepAliveIntervalMs: NEVER_MS,
        emitOwnEvents: false,
        // sending/sending.ts reads what was sent from the log, which outlives a restart, and sends some messages again itself.
        enableRecentMessageCache: false,
        syncFullHistory: false,
        // history/history.ts fetches and reads the history, so that none of it is lost.
        shouldSyncHistoryMessage: () => false,
        // While a linked device is online, the phone shows no notifications.
        markOnlineOnConnect: false,
        msgRetryCounterCache: retryCounts.ofDevice(request.device.number)
      })

      return WhatsApp.of({
        open: (request) =>
          Effect.gen(function* () {
            const generation = Symbol("generation")
            newest.set(request.device.number, generation)
            const isCurrent = () => newest.get(request.device.number) === generation
            const auth = yield* loadAuth(store, request.device.number, isCurrent)
            const isLinked = identityOf(auth.state.creds) !== null
            const purpose = request.refreshVersion ? "outdated" : isLinked ? "login" : "link"
            const version: WAVersion = [major, minor, yield* versions.choose(purpose)]
            const keys = auth.versions.keysOn(makeCacheableSignalKeyStore(auth.state.keys, logger))
            return openConnection({
              request,
              auth,
              config: { ...config(request, version), auth: { creds: auth.state.creds, keys } },
              mediaDirectory: settings.mediaDirectory,
              download: fetchFile,
              isOwnNetwork: settings.url !== undefined,
              liveness: livenessLimits(settings),
              pairingTimes: settings.pairingTimes,
              resendWaitMs: settings.resendWaitMs,
              warn: settings.warn
            })
          }),
        linkedIdentity: (device) => loadIdentity(store, device),
        download: fetchFile
      })
    })
  )
