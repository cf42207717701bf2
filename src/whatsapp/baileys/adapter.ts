/** The port to WhatsApp on Baileys 7: the settings of its sockets, and which of a device's sockets is the newest. */
import {
  DEFAULT_CONNECTION_CONFIG,
  fetchLatestWaWebVersion,
  makeCacheableSignalKeyStore,
  type WAVersion
} from "@whiskeysockets/baileys"
import { Effect, Layer } from "effect"
import { AuthState } from "../../store/auth-state.ts"
import { type OpenRequest, WhatsApp } from "../whatsapp.ts"
import { loadAuth, loadIdentity } from "./auth/device-auth.ts"
import { baileysLogger } from "./process/baileys-logger.ts"
import { openConnection } from "./connection.ts"
import { download, type RemoteFile } from "./receiving/download.ts"
import type { LivenessLimits } from "./socket/liveness.ts"
import { type NetworkTrust, trustNetwork } from "./process/network-trust.ts"
import { quietLibsignal } from "./encryption/quiet-libsignal.ts"
import { RetryCounts } from "./process/retry-counts.ts"

export interface BaileysSettings extends NetworkTrust {
  /** WebSocket URL; undefined is WhatsApp's own. */
  readonly url: string | undefined
  /** What the phone shows under its linked devices. */
  readonly deviceName: string
  /** Where files to send lie, named by their SHA-256. */
  readonly mediaDirectory: string
  /** A ping is sent each time so long has passed; two unanswered, and the connection is lost. */
  readonly keepAliveMs: number
  /** A connection is given up when messages come in and nothing comes of them for so long. */
  readonly deafAfterMs: number
  /** How long each QR is shown; undefined: as long as WhatsApp Web does. */
  readonly qrMs: number | undefined
  /** Baileys' own sentences, for debugging; undefined drops them. */
  readonly debug: ((text: string) => void) | undefined
  readonly warn: (text: string) => void
}

const VERSION_MAX_MS = 10_000
/** For Baileys' own pings, which socket/keep-alive.ts sends instead: the longest that a timer takes. */
const NEVER_MS = 2_147_483_647
/** Silent is who left two pings unanswered, and had some time for the answer. */
const livenessLimits = ({ keepAliveMs, deafAfterMs }: BaileysSettings): LivenessLimits => ({
  pingMs: keepAliveMs,
  silentMs: 2 * keepAliveMs + 6_000,
  deafMs: deafAfterMs
})

export const baileysWhatsApp = (settings: BaileysSettings): Layer.Layer<WhatsApp, never, AuthState> =>
  Layer.effect(
    WhatsApp,
    Effect.gen(function* () {
      const store = yield* AuthState
      quietLibsignal()
      trustNetwork(settings)
      const logger = baileysLogger(settings.debug)
      const retryCounts = new RetryCounts()
      const newest = new Map<number, symbol>()
      const fetchFile = (file: RemoteFile) => download(file, settings.url !== undefined)
      let version: WAVersion = DEFAULT_CONNECTION_CONFIG.version

      const config = (request: OpenRequest) => ({
        logger,
        version,
        browser: [settings.deviceName, "Chrome", ""] as [string, string, string],
        ...(settings.url === undefined ? {} : { waWebSocketUrl: settings.url }),
        keepAliveIntervalMs: NEVER_MS,
        emitOwnEvents: false,
        // What was sent is read from the log, which survives; and some requests are answered otherwise than Baileys would.
        enableRecentMessageCache: false,
        syncFullHistory: false,
        // Being shown as online would silence the notifications of the phone itself.
        markOnlineOnConnect: false,
        msgRetryCounterCache: retryCounts.ofDevice(request.device.number)
      })

      return WhatsApp.of({
        open: (request) =>
          Effect.gen(function* () {
            const generation = Symbol("generation")
            newest.set(request.device.number, generation)
            const isCurrent = () => newest.get(request.device.number) === generation
            if (request.refreshVersion && settings.url === undefined) {
              const signal = AbortSignal.timeout(VERSION_MAX_MS)
              // On a failure Baileys answers with the version that it was built with.
              version = (yield* Effect.promise(() => fetchLatestWaWebVersion({ signal }))).version
            }
            const auth = yield* loadAuth(store, request.device.number, isCurrent)
            const keys = makeCacheableSignalKeyStore(auth.state.keys, logger)
            return openConnection({
              request,
              auth,
              config: { ...config(request), auth: { creds: auth.state.creds, keys } },
              mediaDirectory: settings.mediaDirectory,
              download: fetchFile,
              liveness: livenessLimits(settings),
              qrMs: settings.qrMs,
              warn: settings.warn
            })
          }),
        linkedIdentity: (device) => loadIdentity(store, device),
        download: fetchFile
      })
    })
  )
