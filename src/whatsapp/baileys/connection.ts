/**
 * One Baileys socket, from its birth to its end, as a Connection of the port.
 *
 * Each topic has its room (pairing, receiving, history, roster, sending, queries, socket), and lifecycle.ts knows how the connection opens and
 * ends. This file wires them to one socket.
 */
import { makeWASocket, type SocketConfig, type UserFacingSocketConfig, type WASocket } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import type { PairingTimes } from "../pairing-times.ts"
import type { PasskeyAssertion } from "../passkey.ts"
import {
  AskedTooOften,
  CodeRefused,
  type Connection,
  type LostFile,
  MediaGone,
  type NoAnswer,
  NotConnected,
  type OperationFailure,
  type OlderMessages,
  type OpenRequest,
  type OutgoingMessage,
  PasskeyNotAsked,
  PasskeyRefused,
  type Recipient,
  type SendFailed
} from "../whatsapp.ts"
import { type DeviceAuth, identityOf } from "./auth/device-auth.ts"
import { storeCreds } from "./auth/store-creds.ts"
import type { InputOf, OperationName, OutputOf } from "../operations/catalog.ts"
import { askForOlder } from "./history/older-messages.ts"
import { History } from "./history/history.ts"
import { withMediaHost } from "./history/media-host.ts"
import type { FetchFile } from "./history/part-file.ts"
import { Identities } from "./names/identities.ts"
import { refreshLids } from "./names/stale-lids.ts"
import { NameTable } from "./names/name-table.ts"
import { selfOf } from "./jid.ts"
import { Lifecycle } from "./lifecycle.ts"
import type { OperationContext } from "./operations/handler.ts"
import { operate } from "./operations/operate.ts"
import { Pairing } from "./pairing/pairing.ts"
import type { Browser } from "./pairing/browser.ts"
import { ask, askOr, isRateLimit } from "./queries/ask.ts"
import { Refusal } from "./queries/link-query.ts"
import { lookUpNumber } from "./queries/number-lookup.ts"
import { unlink } from "./queries/unlink.ts"
import { Readiness } from "./readiness.ts"
import { Administrators } from "./receiving/administrators.ts"
import { askForBacklog } from "./receiving/backlog.ts"
import { Decryption } from "./receiving/decryption.ts"
import { seeToEmpty } from "./receiving/empty-messages.ts"
import { Placeholders } from "./receiving/placeholders.ts"
import { hearRaisedMessages } from "./receiving/raised-messages.ts"
import { Reading } from "./receiving/reading.ts"
import { Recording } from "./receiving/recording.ts"
import { uploadAgain } from "./receiving/upload-again.ts"
import { inOrder } from "./receiving/stanzas.ts"
import { hearAcks } from "./sending/acks.ts"
import { preparing } from "./sending/prepare.ts"
import { hearReceipts } from "./sending/receipts.ts"
import { privacyToken } from "./sending/privacy-token.ts"
import { Sending } from "./sending/sending.ts"
import { SentGroups } from "./sending/sent-groups.ts"
import { Calls } from "./roster/calls.ts"
import { CatchUp } from "./roster/catch-up.ts"
import { hearChannels } from "./roster/channel-notices.ts"
import { hearRoster } from "./roster/hear-roster.ts"
import { Presences } from "./roster/presences.ts"
import { RosterFeed } from "./roster/roster-feed.ts"
import { clearedChat } from "./roster/translate-roster.ts"
import { hearUnheard } from "./roster/unheard-actions.ts"
import { SignalQueue } from "./signal-queue.ts"
import { hearFailures } from "./socket/listener-failures.ts"
import type { LivenessLimits } from "./socket/liveness.ts"
import { Watchdog } from "./socket/watchdog.ts"
import { Standing } from "./standing/standing.ts"

export interface ConnectionOptions {
  readonly request: OpenRequest
  readonly auth: DeviceAuth
  readonly config: UserFacingSocketConfig & Pick<SocketConfig, "logger"> & { browser: Browser }
  readonly mediaDirectory: string
  readonly download: FetchFile
  /** WhatsApp is a network on loopback. */
  readonly isOwnNetwork: boolean
  readonly liveness: LivenessLimits
  readonly pairingTimes: PairingTimes
  /** How long a message that came without content waits for it. */
  readonly resendWaitMs: number
  /** Called with what the connection does in the background and failed at; never with a secret. */
  readonly warn: (text: string) => void
}

export const openConnection = (options: ConnectionOptions): Connection => new BaileysConnection(options)

class BaileysConnection implements Connection {
  readonly #socket: WASocket
  readonly #readiness: Readiness
  readonly #identities: Identities
  readonly #history: History
  readonly #presences: Presences
  readonly #uploadWaitMs: number
  readonly #pairing: Pairing
  readonly #sending: Sending
  readonly #operations: OperationContext
  readonly #lifecycle: Lifecycle

  constructor(options: ConnectionOptions) {
    const { request, auth, config, mediaDirectory, pairingTimes: times, warn } = options
    const signals = new SignalQueue(request.emit, (failure) => this.#lifecycle.failed(failure))
    const watchdog = new Watchdog(options.liveness)
    const self = () => selfOf(socket)
    const recording = new Recording(signals, (message) => reading.finish(message))
    const placeholders = new Placeholders({
      kept: auth.placeholders,
      self,
      record: (message) => recording.record(message),
      askPhone: (message) => socket.requestPlaceholderResend(message.key, { ...message }),
      waitMs: options.resendWaitMs,
      warn
    })
    const decryption = new Decryption({
      begin: (message, offline) => reading.begin(message, offline),
      record: async (message) => {
        await recording.record(message)
        placeholders.came([message.id])
      },
      keepPart: (messageId, part) => history.keep(messageId, part),
      undecipherable: (messageId) => watchdog.understood(messageId),
      unreadable: (message, offline) => placeholders.waitForPhone(message, "unreadable", offline),
      self
    })
    const calls = new Calls(() => feed)
    const groups = new SentGroups((group) => socket.groupMetadata(group))
    const socket = makeWASocket({
      ...config,
      logger: hearUnheard(config.logger, (action) => feed.add(clearedChat(action))),
      callOfferCache: calls.cache,
      makeSignalRepository: decryption.makeRepository,
      cachedGroupMetadata: (group) => groups.metadata(group),
      getMessage: (key) => this.#sending.sentMessage(key)
    })
    hearFailures(socket.ws, (failure) => warn(`Baileys could not answer WhatsApp: ${String(failure)}`))
    const finished = inOrder(socket.ws, (stanza) => seeToEmpty(stanza, self(), placeholders))
    askForBacklog(socket, finished)
    const readiness = new Readiness(socket, signals)
    const identities = new Identities(socket, new NameTable(auth.state.keys), warn)
    const administrators = new Administrators(socket, warn)
    const reading = new Reading({ self, identities, administrators, originals: request.known.originals })
    const feed = new RosterFeed(signals, identities)
    const { keys } = socket.authState
    const history = new History({
      signals,
      reading,
      identities,
      kept: auth.historyParts,
      keys,
      fetchFile: options.isOwnNetwork ? withMediaHost(socket, options.download) : options.download,
      warn
    })
    const catchUp = new CatchUp({
      socket,
      signals,
      feed,
      keys,
      versions: auth.versions,
      upToDate: auth.upToDate,
      historyHasBegun: () => history.hasBegun,
      warn
    })
    const identity = () => identityOf(auth.state.creds)
    // Signals that come later wait for it: `paired` says that the credentials are durable.
    const keepCreds = () => signals.waitFor(() => storeCreds(auth, warn))
    socket.ev.on("creds.update", keepCreds)
    hearRaisedMessages({ socket, signals, reading, decryption, placeholders, watchdog })
    const standing = new Standing({ socket, signals, warn })
    hearAcks(socket, signals, (refused) => standing.refused(refused))
    refreshLids(socket, warn)
    groups.hear(socket)
    hearReceipts(socket, identities, signals)
    hearRoster({
      socket,
      feed,
      lastReceived: (chat) => history.lastReceived(chat),
      isOldDeletion: () => auth.versions.isFresh("regular_high")
    })
    hearChannels(socket, feed)
    calls.hear(socket)
    watchdog.watch(socket, { anything: request.heard, message: (stanza) => decryption.note(stanza) })
    this.#socket = socket
    this.#readiness = readiness
    // A phone reads a message at once; a file it has to read, encrypt and upload.
    this.#uploadWaitMs = 2 * options.resendWaitMs
    this.#identities = identities
    this.#history = history
    this.#presences = new Presences({ socket, identities, readiness, seen: request.seen })
    const { creds } = auth.state
    this.#pairing = new Pairing({ socket, signals, creds, times, browser: config.browser, identity, keepCreds, warn })
    const { known } = request
    const prepare = preparing(socket)
    this.#sending = new Sending({ socket, readiness, identities, mediaDirectory, known, prepare, warn })
    this.#operations = {
      socket,
      identities,
      groups,
      self,
      mediaDirectory,
      known,
      prepare,
      did: async ({ key, message, sentAt }) => {
        const begun = reading.begin({ key, message, messageTimestamp: Math.floor(sentAt / 1_000) }, false)
        if (begun !== undefined) await recording.record(begun)
      },
      changed: (changes) => feed.add(changes),
      warn
    }
    this.#lifecycle = new Lifecycle({
      socket,
      signals,
      watchdog,
      warn,
      emit: request.emit,
      isLinked: () => identity() !== null,
      opened: () => {
        readiness.opened()
        signals.emit({ type: "opened" })
        void history.readUnfinished()
        void catchUp.opened()
        void placeholders.resume()
        standing.opened()
      },
      ending: () => {
        feed.handOver()
        standing.handOver()
      },
      over: () => {
        recording.giveUp()
        history.giveUp()
        this.#pairing.stop()
        placeholders.giveUp()
        void catchUp.over()
      }
    })
  }

  send(message: OutgoingMessage): Effect.Effect<void, NotConnected | SendFailed> {
    return this.#sending.send(message)
  }

  resolve(number: string): Effect.Effect<Recipient | null, NotConnected | NoAnswer | AskedTooOften> {
    const question = () => lookUpNumber(this.#socket, this.#identities, number)
    const asked = "whether the number exists"
    const refused = (failure: unknown) => (isRateLimit(failure) ? new AskedTooOften({ asked }) : undefined)
    return this.#readiness.onceOpened(askOr(this.#readiness, asked, question, refused))
  }

  isTrustedBy(chat: string, chatAlt: string | null): Effect.Effect<boolean> {
    return Effect.tryPromise(() => privacyToken(this.#socket, chatAlt ?? chat)).pipe(
      Effect.map((token) => token !== undefined),
      Effect.orElseSucceed(() => false)
    )
  }

  requestCode(number: string): Effect.Effect<void, NotConnected | NoAnswer | CodeRefused> {
    const question = () => this.#pairing.requestCode(number)
    return askOr(this.#readiness, "for a pairing code", question, (failure) =>
      failure instanceof Refusal ? codeRefused(failure) : undefined
    )
  }

  answerPasskey(
    assertion: PasskeyAssertion
  ): Effect.Effect<void, NotConnected | NoAnswer | PasskeyNotAsked | PasskeyRefused> {
    const question = () => this.#pairing.answerPasskey(assertion)
    return askOr(this.#readiness, "it to take the passkey's answer", question, passkeyFailure)
  }

  confirmPasskey(matches: boolean): Effect.Effect<void, NotConnected | NoAnswer | PasskeyNotAsked | PasskeyRefused> {
    const question = () => this.#pairing.confirmPasskey(matches)
    return askOr(this.#readiness, "it to complete the link", question, passkeyFailure)
  }

  watchPresence(chat: string, chatAlt: string | null): Effect.Effect<void, NotConnected> {
    return this.#presences.watch(chat, chatAlt)
  }

  requestHistory(request: OlderMessages): Effect.Effect<Effect.Effect<number>, NotConnected | NoAnswer> {
    const question = () => askForOlder(this.#socket, this.#history, request)
    return this.#readiness.onceOpened(ask(this.#readiness, "the phone for older messages", question))
  }

  requestUpload(file: LostFile): Effect.Effect<string, NotConnected | NoAnswer | MediaGone> {
    const question = () => uploadAgain(this.#socket, selfOf(this.#socket), file, this.#uploadWaitMs)
    return this.#readiness
      .onceOpened(ask(this.#readiness, "the phone for a file", question))
      .pipe(Effect.flatMap((path) => (path === undefined ? new MediaGone() : Effect.succeed(path))))
  }

  operate<Name extends OperationName>(
    name: Name,
    input: InputOf<Name>
  ): Effect.Effect<OutputOf<Name>, OperationFailure> {
    return operate(this.#readiness, this.#operations, name, input)
  }

  get unlink(): Effect.Effect<void, NotConnected | NoAnswer> {
    const id = this.#socket.user?.id
    if (!id) return new NotConnected()
    return ask(this.#readiness, "to unlink the device", () => unlink(this.#socket, id))
  }

  get close(): Effect.Effect<void> {
    return this.#lifecycle.close
  }
}

const codeRefused = ({ code: whatsappCode, retryAfterSeconds }: Refusal): CodeRefused =>
  new CodeRefused(retryAfterSeconds === undefined ? { whatsappCode } : { whatsappCode, retryAfterSeconds })

const passkeyFailure = (failure: unknown): PasskeyNotAsked | PasskeyRefused | undefined => {
  if (failure instanceof PasskeyNotAsked) return failure
  return failure instanceof Refusal ? new PasskeyRefused({ whatsappCode: failure.code }) : undefined
}
