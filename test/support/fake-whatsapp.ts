/**
 * WhatsApp in memory: the port without a network. A test triggers what a device's connection hears and inspects what the gateway sent.
 * test/whatsapp/port.contract.ts holds it to the behaviour of the Baileys adapter.
 */
import { Effect, Layer } from "effect"
import type { PasskeyAssertion } from "../../src/whatsapp/passkey.ts"
import type { PresenceSeen } from "../../src/whatsapp/roster.ts"
import type { OperationName } from "../../src/whatsapp/operations/catalog.ts"
import {
  type Connection,
  type Identity,
  MediaGone,
  type OperationFailure,
  NotConnected,
  type OpenRequest,
  type OutgoingMessage,
  type Signal,
  WhatsApp
} from "../../src/whatsapp/whatsapp.ts"

export class FakeSocket {
  readonly sent: OutgoingMessage[] = []
  /** Chats that were asked to be watched for presence. */
  readonly watched: { readonly chat: string; readonly chatAlt: string | null }[] = []
  /** Operations that WhatsApp was asked for. */
  readonly operated: { readonly name: OperationName; readonly input: unknown }[] = []
  isClosed = false
  isOpen = false
  isUnlinked = false
  readonly #request: OpenRequest
  readonly #world: FakeWhatsApp

  constructor(request: OpenRequest, world: FakeWhatsApp) {
    this.#request = request
    this.#world = world
  }

  get deviceNumber(): number {
    return this.#request.device.number
  }

  get refreshedVersion(): boolean {
    return this.#request.refreshVersion
  }

  /** Passes an event to the connection; nothing arrives after it was closed. */
  hear(signal: Signal): void {
    if (this.isClosed) return
    if (signal.type === "opened") this.isOpen = true
    if (signal.type === "closed") this.isOpen = false
    this.#request.heard()
    this.#request.emit(signal)
    if (signal.type === "closed") this.isClosed = true
  }

  /** What a person does in a chat that is watched; nothing after it was closed. */
  see(presence: PresenceSeen): void {
    if (!this.isClosed) this.#request.seen(presence)
  }

  /** The gateway's process is gone, and its connection with it. */
  drop(): void {
    this.isOpen = false
    this.isClosed = true
  }

  /** A phone scans, WhatsApp restarts the connection, and the next one opens. */
  pair(number: string): void {
    this.#world.identities.set(this.deviceNumber, identityOf(number))
    this.hear({ type: "paired", identity: identityOf(number) })
  }

  get connection(): Connection {
    return {
      send: (message) =>
        Effect.suspend(() => {
          if (!this.isOpen) return Effect.fail(new NotConnected())
          this.sent.push(message)
          this.#world.sent.push({ device: this.deviceNumber, ...message })
          return this.#world.onSend(this, message)
        }),
      resolve: (number) =>
        Effect.suspend((): ReturnType<Connection["resolve"]> => {
          this.#world.asked.push(number)
          if (!this.isOpen) return Effect.fail(new NotConnected())
          if (this.#world.isSilent) return Effect.never
          return Effect.succeed(this.#world.absent.has(number) ? null : { jid: `${number}@s.whatsapp.net`, lid: null })
        }),
      watchPresence: (chat, chatAlt) =>
        Effect.suspend(() => {
          if (!this.isOpen) return Effect.fail(new NotConnected())
          this.watched.push({ chat, chatAlt })
          return Effect.void
        }),
      isTrustedBy: (chat) => Effect.sync(() => this.#world.trusting.has(chat)),
      requestCode: () =>
        Effect.sync(() => this.hear({ type: "code", text: "ABCD1234", expiresAt: Date.now() + 60_000 })),
      answerPasskey: (assertion) => Effect.suspend(() => this.#world.onAnswer(this, assertion)),
      confirmPasskey: (matches) => Effect.suspend(() => this.#world.onConfirm(this, matches)),
      operate: (name, input) =>
        Effect.suspend(() => {
          if (!this.isOpen) return Effect.fail(new NotConnected())
          this.operated.push({ name, input })
          return this.#world.onOperate(this, name)
        }) as never,
      requestHistory: () => Effect.succeed(Effect.never),
      requestUpload: () => Effect.fail(new MediaGone()),
      unlink: Effect.sync(() => {
        this.isUnlinked = true
      }),
      close: Effect.sync(() => {
        this.isOpen = false
        this.isClosed = true
      })
    }
  }
}

export class FakeWhatsApp {
  /** Every socket that was ever opened, the newest last. */
  readonly sockets: FakeSocket[] = []
  readonly sent: (OutgoingMessage & { readonly device: number })[] = []
  /** Numbers that were looked up. */
  readonly asked: string[] = []
  readonly absent = new Set<string>()
  /** Jids of people who have given the account a token. */
  readonly trusting = new Set<string>()
  readonly identities = new Map<number, Identity>()
  /** When true, look-ups get no response. */
  isSilent = false
  /** By default WhatsApp acknowledges at once. */
  onSend: (socket: FakeSocket, message: OutgoingMessage) => Effect.Effect<void> = (socket, { messageId }) =>
    Effect.sync(() => socket.hear({ type: "acknowledged", messageId }))
  /** By default WhatsApp takes every step of a passkey, and says nothing more. */
  onAnswer: (socket: FakeSocket, assertion: PasskeyAssertion) => ReturnType<Connection["answerPasskey"]> = () =>
    Effect.void
  onConfirm: (socket: FakeSocket, matches: boolean) => ReturnType<Connection["confirmPasskey"]> = () => Effect.void
  /** By default WhatsApp does every operation and answers nothing. */
  onOperate: (socket: FakeSocket, name: OperationName) => Effect.Effect<object, OperationFailure> = () =>
    Effect.succeed({})
  /** Called at every opening; may throw, which no adapter should. */
  onOpen: (socket: FakeSocket) => void = () => {}

  get layer(): Layer.Layer<WhatsApp> {
    return Layer.succeed(
      WhatsApp,
      WhatsApp.of({
        open: (request) =>
          Effect.sync(() => {
            const socket = new FakeSocket(request, this)
            this.onOpen(socket)
            this.sockets.push(socket)
            return socket.connection
          }),
        linkedIdentity: (device) => Effect.sync(() => this.identities.get(device) ?? null),
        download: () => Effect.fail(new MediaGone())
      })
    )
  }

  /** The device's newest socket. */
  socketOf(device: number): FakeSocket | undefined {
    return this.sockets.findLast((socket) => socket.deviceNumber === device)
  }

  socketsOf(device: number): readonly FakeSocket[] {
    return this.sockets.filter((socket) => socket.deviceNumber === device)
  }
}

export const identityOf = (number: string): Identity => ({
  number,
  jid: `${number}:33@s.whatsapp.net`,
  lid: `9${number}:33@lid`,
  platform: "android"
})
