/**
 * The port to WhatsApp on Baileys 7: the settings of all sockets, and which socket of a device is the newest.
 *
 * Read connection.ts next: it wires one connection.
 */
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
import { openConnection } from "./connection.ts"
import { quietLibsignal } from "./encryption/quiet-libsignal.ts"
import type { Browser } from "./pairing/pairing-code.ts"
import { baileysLogger } from "./process/baileys-logger.ts"
import { type NetworkTrust, trustNetwork } from "./process/network-trust.ts"
import { RetryCounts } from "./process/retry-counts.ts"
import { rememberUndecoded } from "./receiving/content/unknown.ts"
import { download, type RemoteFile } from "./receiving/download.ts"
import type { LivenessLimits } from "./socket/liveness.ts"

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
  /** How long a message that came without content waits for it: from the phone, or from its sender. */
  readonly resendWaitMs: number
  /** How long each QR is shown; undefined: as long as WhatsApp Web shows it. */
  readonly qrMs: number | undefined
  /** Called with Baileys' own log lines, for debugging; undefined drops them. */
  readonly debug: ((text: string) => void) | undefined
  readonly warn: (text: string) => void
}

const VERSION_MAX_MS = 10_000
/** The longest time a timer takes: Baileys is to send no pings, because socket/keep-alive.ts sends them. */
const NEVER_MS = 2_147_483_647
/** Time for the answer to a second ping. */
const ANSWER_MS = 6_000

const livenessLimits = ({ keepAliveMs, deafAfterMs }: BaileysSettings): LivenessLimits => ({
  pingMs: keepAliveMs,
  silentMs: 2 * keepAliveMs + ANSWER_MS,
  deafMs: deafAfterMs
})

export const baileysWhatsApp = (settings: BaileysSettings): Layer.Layer<WhatsApp, never, AuthState> =>
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
      let version: WAVersion = DEFAULT_CONNECTION_CONFIG.version

      const config = (request: OpenRequest) => ({
        logger,
        version,
        browser: [settings.deviceName, "Chrome", ""] as Browser,
        ...(settings.url === undefined ? {} : { waWebSocketUrl: settings.url }),
        keepAliveIntervalMs: NEVER_MS,
        emitOwnEvents: false,
        // sending/sending.ts reads what was sent from the log, which outlives a restart, and sends some messages again itself.
        enableRecentMessageCache: false,
        syncFullHistory: false,
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
            if (request.refreshVersion && settings.url === undefined) {
              const signal = AbortSignal.timeout(VERSION_MAX_MS)
              // When that fails, Baileys answers with the version that it was built with.
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
              resendWaitMs: settings.resendWaitMs,
              qrMs: settings.qrMs,
              warn: settings.warn
            })
          }),
        linkedIdentity: (device) => loadIdentity(store, device),
        download: fetchFile
      })
    })
  )
