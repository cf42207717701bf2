/**
 * One Baileys socket, from its birth to its end, as a Connection of the port.
 *
 * Baileys emits into a buffer and destroys it when it closes; what it has decrypted by then has been receipted to its sender.
 * So the buffer is flushed before every end. Lifecycle signals leave in order, after what they depend on is durable: `paired`
 * comes when the credentials are stored.
 */
import {
  makeWASocket,
  type BaileysEventMap,
  type BinaryNode,
  type ConnectionState,
  type proto,
  type UserFacingSocketConfig,
  type WAMessageKey,
  type WASocket
} from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { untilAvailable } from "../../store/until-available.ts"
import { CloseCode } from "../codes.ts"
import {
  type Connection,
  type Incoming,
  NoAnswer,
  NotConnected,
  type OpenRequest,
  type OutgoingMessage,
  type SendFailed,
  type Signal
} from "../whatsapp.ts"
import { type DeviceAuth, identityOf } from "./auth/device-auth.ts"
import { closeReason } from "./socket/close-reason.ts"
import { type FetchFile, type HistoryPart, HistoryParts } from "./history/history-parts.ts"
import { Identities } from "./identities.ts"
import { keepAlive } from "./socket/keep-alive.ts"
import { hearFailures } from "./socket/listener-failures.ts"
import { Liveness, type LivenessLimits } from "./socket/liveness.ts"
import { buildMessage, sendFailed } from "./sending/build-message.ts"
import { type Receipt, receiptSignals } from "./sending/receipts.ts"
import { Reception } from "./receiving/decryption.ts"
import { withPlainName } from "./pairing/plain-name.ts"
import { needsOwnResend, resendTo } from "./sending/resend.ts"
import { pastOf, type Self, translateMessage } from "./receiving/translate.ts"
import { unlink } from "./queries/unlink.ts"

export interface ConnectionOptions {
  readonly request: OpenRequest
  readonly auth: DeviceAuth
  readonly config: UserFacingSocketConfig & { browser: [string, string, string] }
  readonly mediaDirectory: string
  readonly download: FetchFile
  readonly liveness: LivenessLimits
  /** How long each QR is shown; undefined: as long as WhatsApp Web does. */
  readonly qrMs: number | undefined
  /** What the connection does in the background and failed at; never a secret. */
  readonly warn: (text: string) => void
}

/** How long Baileys shows the first QR of a connection, and each later one. */
const FIRST_QR_MS = 60_000
const NEXT_QR_MS = 20_000
/** A peer that does not answer the closing handshake is cut off after this. */
const CLOSE_HANDSHAKE_MS = 2_000
const CREDS_RETRY_MS = 500
/** rc14 can forget to flush its own event buffer: a delayed flush that finds nothing buffered blocks all later ones. */
const TICK_MS = 1_000
/** QRs that WhatsApp gives for one connection. */
const QRS_PER_ROUND = 6

const connectionOver = new Error("the connection is over")

export const openConnection = (options: ConnectionOptions): Connection => new BaileysConnection(options)

class BaileysConnection implements Connection {
  readonly #options: ConnectionOptions
  readonly #reception: Reception
  readonly #socket: WASocket
  readonly #identities: Identities
  readonly #historyParts: HistoryParts
  readonly #liveness: Liveness
  readonly #ticking: NodeJS.Timeout
  /** Messages that Baileys waits for until they are recorded, and how to tell it that they will not be. */
  readonly #unrecorded = new Set<(reason: Error) => void>()
  #isOver = false
  #hasOpened = false
  #qrs = 0
  #roundEndsAt = 0
  /** Lifecycle signals leave through here, each after what came before it. */
  #turn: Promise<void> = Promise.resolve()

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#liveness = new Liveness(options.liveness)
    this.#reception = new Reception({
      record: (message) => this.#record(message),
      keepPart: (messageId, part) => this.#historyParts.keep(messageId, part),
      undecipherable: (messageId) => this.#liveness.understood(messageId, performance.now()),
      self: () => this.#self
    })
    this.#socket = makeWASocket({
      ...options.config,
      ...(options.qrMs === undefined ? {} : { qrTimeout: options.qrMs }),
      makeSignalRepository: this.#reception.makeRepository,
      getMessage: (key) => this.#sentMessage(key)
    })
    hearFailures(this.#socket.ws, (failure) => options.warn(`Baileys did not answer: ${String(failure)}`))
    this.#identities = new Identities(this.#socket, options.warn)
    this.#historyParts = new HistoryParts({
      kept: options.auth.historyParts,
      fetchFile: options.download,
      learn: (names) => this.#identities.learn(names),
      warn: options.warn
    })
    this.#ticking = setInterval(() => this.#tick(), TICK_MS)
    this.#listen()
  }

  send(message: OutgoingMessage): Effect.Effect<void, NotConnected | SendFailed> {
    const relayed = Effect.tryPromise({
      try: async () => {
        const built = await this.#build(message)
        await this.#socket.relayMessage(message.chatAlt ?? message.chat, built, { messageId: message.messageId })
      },
      catch: (failure) => (this.#isConnected && this.#hasOpened ? sendFailed(failure) : new NotConnected())
    })
    return this.#onceOpen(relayed)
  }

  resolve(number: string) {
    const asked = this.#ask("whether the number exists", async () => {
      const found = await this.#socket.onWhatsApp(number)
      if (!found) throw new NoAnswer({ asked: "whether the number exists" })
      const [account] = found
      return account?.exists ? { jid: account.jid, lid: await this.#identities.lidOf(account.jid) } : null
    })
    return this.#onceOpen(asked)
  }

  requestCode(number: string) {
    return this.#ask("for a pairing code", async () => {
      const text = await withPlainName(this.#options.config.browser, () => this.#socket.requestPairingCode(number))
      this.#emit({ type: "code", text, expiresAt: this.#roundEndsAt })
    })
  }

  get unlink(): Effect.Effect<void, NotConnected | NoAnswer> {
    const id = this.#socket.user?.id
    if (!id) return new NotConnected()
    return this.#ask("to unlink the device", () => unlink(this.#socket, id))
  }

  get close(): Effect.Effect<void> {
    return Effect.promise(async () => {
      if (this.#isOver) return
      this.#flush()
      this.#over()
      const cutOff = setTimeout(() => this.#terminate(), CLOSE_HANDSHAKE_MS)
      await this.#socket.end(undefined)
      clearTimeout(cutOff)
      await this.#turn
    })
  }

  // ---- what is heard

  #listen(): void {
    const { ev, ws } = this.#socket
    ev.on("creds.update", () => this.#saveCreds())
    ev.on("connection.update", (update) => this.#connectionUpdate(update))
    ev.on("messages.upsert", (upsert) => this.#upsert(upsert))
    ev.on("messaging-history.set", (history) => this.#history(history))
    ws.on("open", () => {
      if (identityOf(this.#options.auth.state.creds)) this.#emit({ type: "login_started" })
    })
    keepAlive(this.#socket, this.#options.liveness.pingMs)
    ws.on("frame", () => {
      this.#liveness.heard(performance.now())
      this.#options.request.heard()
    })
    ws.prependListener("CB:message", (stanza: BinaryNode) => {
      if (this.#reception.note(stanza)) this.#liveness.heardMessage(stanza.attrs.id ?? "", performance.now())
    })
    for (const demand of ["passkey_prologue_request", "crsc_continuation"]) {
      ws.on(`CB:notification,type:${demand}`, () => this.#emit({ type: "passkey_requested" }))
    }
    ws.on("CB:receipt", (node: BinaryNode) => {
      for (const receipt of receiptSignals(node, this.#self)) this.#receipt(receipt)
    })
    ws.on("CB:ack,class:message", ({ attrs }: { attrs: Record<string, string | undefined> }) => {
      if (!attrs.id) return
      this.#emit(
        attrs.error === undefined
          ? { type: "acknowledged", messageId: attrs.id }
          : { type: "refused", messageId: attrs.id, code: attrs.error }
      )
    })
    // Baileys listens to this without doing anything, and so nothing would ever be heard of the connection.
    ws.on("unexpected-response", (_request: unknown, response: { statusCode?: number }) => {
      this.#options.warn(`WhatsApp refused the connection with HTTP ${response.statusCode}`)
      this.#ended({ code: CloseCode.unavailable })
      this.#terminate()
    })
  }

  #connectionUpdate(update: Partial<ConnectionState>): void {
    if (update.qr) {
      const { qrMs: firstMs = FIRST_QR_MS, qrMs: nextMs = NEXT_QR_MS } = this.#options
      const validMs = this.#qrs++ === 0 ? firstMs : nextMs
      if (this.#qrs === 1) this.#roundEndsAt = Date.now() + firstMs + (QRS_PER_ROUND - 1) * nextMs
      this.#emit({ type: "qr", text: update.qr, expiresAt: Date.now() + validMs })
    }
    if (update.isNewLogin) this.#paired()
    if (update.connection === "open") {
      this.#hasOpened = true
      this.#emit({ type: "opened" })
      void this.#historyParts.fetchLeftBehind((part) => this.#past(part))
    }
    if (update.connection === "close" && !this.#isOver) {
      this.#flush()
      this.#ended(closeReason(update.lastDisconnect?.error, Date.now()))
    }
  }

  /** What was not handed over when it was decrypted: messages that came in the clear, or again from the phone. */
  #upsert({ messages, type }: BaileysEventMap["messages.upsert"]): void {
    for (const { key } of messages) this.#liveness.understood(key.id ?? "", performance.now())
    const incoming = messages.flatMap((message) =>
      this.#reception.hasHanded(message) ? [] : (translateMessage(message, this.#self, type === "append") ?? [])
    )
    if (incoming.length === 0) return
    this.#emitLater(async () => ({ type: "received", messages: await this.#complete(incoming) }))
  }

  /** In groups a receipt names its giver by LID mostly; he is recorded by number where that is known. */
  #receipt(receipt: Receipt): void {
    const { participant } = receipt
    if (participant === null) this.#emit(receipt)
    else
      this.#emitLater(async () => ({
        ...receipt,
        participant: (await this.#identities.bothNames(participant, null))[0]
      }))
  }

  #history(event: BaileysEventMap["messaging-history.set"]): void {
    const part = this.#historyParts.raised(event)
    this.#past(part)
    if (part.progress !== null) this.#emit({ type: "progressed", percent: part.progress })
  }

  #past({ messages, progress, recorded }: HistoryPart): void {
    const past = pastOf(messages, this.#self)
    if (past.length === 0) recorded()
    else this.#emitLater(async () => ({ type: "history", messages: await this.#complete(past), progress, recorded }))
  }

  /** Resolves when the actor has it in the log; rejects when this connection is over before. */
  async #record(incoming: Incoming): Promise<void> {
    const message = await this.#identities.complete(incoming)
    return new Promise((resolve, reject) => {
      if (this.#isOver) {
        reject(connectionOver)
        return
      }
      this.#unrecorded.add(reject)
      const recorded = () => {
        this.#unrecorded.delete(reject)
        resolve()
      }
      this.#emit({ type: "received", messages: [message], recorded })
    })
  }

  get #self(): Self {
    const { user } = this.#socket
    return { jid: user?.id ?? "", lid: user?.lid ?? "" }
  }

  #paired(): void {
    const identity = identityOf(this.#options.auth.state.creds)
    if (!identity) return
    this.#saveCreds()
    this.#emit({ type: "paired", identity })
  }

  #ended(reason: { readonly code: number; readonly endsAt?: number }): void {
    if (this.#isOver) return
    this.#emit({ type: "closed", ...reason })
    this.#over()
  }

  /** From here on nothing is emitted, and what waits to be recorded is not confirmed to its sender. */
  #over(): void {
    this.#isOver = true
    clearInterval(this.#ticking)
    for (const reject of this.#unrecorded) reject(connectionOver)
    this.#unrecorded.clear()
  }

  #emit(signal: Signal): void {
    if (this.#isOver) return
    const { emit } = this.#options.request
    this.#inTurn(() => emit(signal))
  }

  /** In its turn, a signal that has to be put together first. */
  #emitLater(signal: () => Promise<Signal>): void {
    if (this.#isOver) return
    const { emit } = this.#options.request
    this.#inTurn(async () => emit(await signal()))
  }

  /** What nobody foresaw ends this connection, and nothing else of the process. */
  #inTurn(work: () => unknown): void {
    this.#turn = this.#turn.then(work).then(
      () => {},
      (failure: unknown) => {
        this.#options.warn(`a connection failed: ${failure instanceof Error ? failure.message : String(failure)}`)
        if (this.#isOver) return
        this.#over()
        this.#options.request.emit({ type: "closed", code: CloseCode.badSession })
        this.#terminate()
      }
    )
  }

  #complete<M extends Incoming>(incoming: readonly M[]): Promise<M[]> {
    return Promise.all(incoming.map((each) => this.#identities.complete(each)))
  }

  /** Signals that come later wait for it. It is tried until it is stored or the socket is no longer the newest. */
  #saveCreds(): void {
    const saved = this.#options.auth.saveCreds.pipe(
      Effect.tapError(({ message }) => Effect.sync(() => this.#options.warn(message))),
      Effect.retry(untilAvailable(CREDS_RETRY_MS, 5_000))
    )
    this.#inTurn(() => Effect.runPromise(saved))
  }

  #flush(): void {
    this.#socket.ev.flush()
  }

  #tick(): void {
    this.#flush()
    const problem = this.#liveness.problem(performance.now())
    if (problem === undefined) return
    this.#options.warn(`${problem}; the connection is opened anew`)
    this.#ended({ code: CloseCode.timedOut })
    this.#terminate()
  }

  /** Ends the TCP connection without a handshake. */
  #terminate(): void {
    const { socket } = this.#socket.ws as unknown as { socket: { terminate(): void } | null }
    socket?.terminate()
  }

  // ---- what is asked

  get #isConnected(): boolean {
    return !this.#isOver && this.#socket.ws.isOpen
  }

  /** While a connection opens, Baileys would write what it is given into the handshake, in the clear, and so end it. */
  #onceOpen<A, E>(work: Effect.Effect<A, E>): Effect.Effect<A, E | NotConnected> {
    return Effect.suspend((): Effect.Effect<A, E | NotConnected> => (this.#hasOpened ? work : new NotConnected()))
  }

  #ask<A>(asked: string, question: () => Promise<A>): Effect.Effect<A, NotConnected | NoAnswer> {
    return Effect.tryPromise({
      try: question,
      catch: () => (this.#isConnected ? new NoAnswer({ asked }) : new NotConnected())
    })
  }

  /** What was sent under this id, built again for whoever could not decrypt it. */
  async #sentMessage({ id, remoteJid, participant }: WAMessageKey): Promise<proto.IMessage | undefined> {
    const messageId = id ?? ""
    const content = await Effect.runPromise(this.#options.request.sentContent(messageId))
    if (!content) return undefined
    const built = await this.#build({ messageId, chat: remoteJid ?? "", chatAlt: null, content })
    if (!participant || !needsOwnResend(remoteJid ?? "", participant)) return built
    resendTo(this.#socket, participant, messageId, built).catch((failure: unknown) =>
      this.#options.warn(`a message could not be sent again: ${String(failure)}`)
    )
    return undefined
  }

  #build({ chat, content }: OutgoingMessage) {
    return buildMessage(content, {
      chat,
      mediaDirectory: this.#options.mediaDirectory,
      upload: this.#socket.waUploadToServer
    })
  }
}
