/** Sends a message and waits for its ack. For all dialects. Keeps OUT-1 to OUT-4. */
import { Effect } from "effect"
import { type AskFailure, DeviceNotReady, type SendOutcome } from "../actors/device/answers.ts"
import { DeviceDirectory } from "../actors/directory.ts"
import type { Origin } from "../events/envelope.ts"
import type { OutgoingContent } from "../events/content.ts"
import type { MessageContext } from "../events/context.ts"
import { CommandLog, type CommandKey, type KnownCommand } from "../store/command-log.ts"
import type { Device } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { type Message, Messages } from "../store/messages.ts"
import { Secrets } from "../store/secrets/secrets.ts"
import { viewDevice } from "./device-view.ts"
import { once, repeatKey, type RequestKey, unlessUnheard } from "./idempotency.ts"

/** What stands beside the content of a message, and whom a status is for (jids). */
export interface Beside {
  readonly context?: MessageContext
  readonly audience?: readonly string[]
}

/** `E` and `R`: what making the content may fail with, and what it needs; `F` and `S`: the same of what stands beside it. */
export interface OutgoingRequest<E = StoreUnavailable, R = never, F = never, S = never> {
  readonly device: Device
  /** A telephone number, the jid of a person, a group or a channel, or that of the status. */
  readonly to: string
  /** Runs before the content. */
  readonly beside?: Effect.Effect<Beside, F, S>
  /** The id that the client gives the message. */
  readonly messageId?: string | undefined
  /** Runs only after the device is known to be ready, and not for a repeat, so that a refused request keeps no file. */
  readonly content: Effect.Effect<OutgoingContent, E, R>
  /** How long to wait for WhatsApp's ack; 0 returns once the message is stored. */
  readonly ackTimeoutMs: number
  readonly origin: Origin
}

/** Accepts the message and waits for its ack. With a key, a repeat returns the message that the first request created. */
export const sendMessage = <E, R, F = never, S = never>(request: OutgoingRequest<E, R, F, S>, key?: RequestKey) =>
  once(key, repeatable(request))

/** What equal requests without a key share, besides the device and the recipient. */
export interface Unkeyed {
  /** The client's key scope. */
  readonly scope: string
  readonly asked: readonly (string | undefined)[]
}

/** The same for clients that repeat requests without a key. Equal requests are recognised by their content. */
export const sendUnlessUnheard = <E, R>(request: OutgoingRequest<E, R>, { scope, asked }: Unkeyed) =>
  Effect.gen(function* () {
    const { mac } = yield* Secrets
    const key = repeatKey(mac, scope, [request.device.deviceNumber, request.to, ...asked])
    return yield* unlessUnheard(key, repeatable(request))
  })

const repeatable = <E, R, F, S>(request: OutgoingRequest<E, R, F, S>) => ({
  first: (key: CommandKey | undefined) => send(request, key),
  again: (known: KnownCommand, key: CommandKey) => outcomeOf(request, known.subject, key)
})

/** Fails while the device cannot send. */
export const requireReady = (device: Device): Effect.Effect<void, DeviceNotReady, DeviceDirectory> =>
  Effect.flatMap(viewDevice(device), ({ isReady, state }) => (isReady ? Effect.void : new DeviceNotReady({ state })))

const send = <E, R, F, S>(
  { device, to, beside, content, messageId, ackTimeoutMs, origin }: OutgoingRequest<E, R, F, S>,
  key: CommandKey | undefined
): Effect.Effect<SendOutcome, AskFailure<"Send"> | E | F, DeviceDirectory | R | S> =>
  Effect.gen(function* () {
    // Checked before the file is kept. The actor checks again.
    yield* requireReady(device)
    const directory = yield* DeviceDirectory
    const command = {
      type: "Send" as const,
      to,
      ...(beside === undefined ? {} : yield* beside),
      content: yield* content,
      ...(messageId === undefined ? {} : { messageId }),
      ackTimeoutMs
    }
    return yield* directory.ask(device.id, { command, origin, key })
  })

/** The outcome of a message that was accepted before; undefined when the device sent no such message. */
const outcomeOf = (
  { device, ackTimeoutMs, origin }: Pick<OutgoingRequest, "device" | "ackTimeoutMs" | "origin">,
  messageId: string,
  key: CommandKey
): Effect.Effect<SendOutcome | undefined, AskFailure<"AwaitAck">, DeviceDirectory | Messages | CommandLog> =>
  Effect.gen(function* () {
    const directory = yield* DeviceDirectory
    const command = { type: "AwaitAck" as const, messageId, timeoutMs: ackTimeoutMs }
    const awaited = yield* directory.ask(device.id, { command, origin, key })
    if (awaited) return awaited
    const messages = yield* Messages
    const message = yield* messages.sent(device.deviceNumber, messageId)
    if (message === undefined) return undefined
    const outcome = recorded(message)
    if (key.until === "heard" && outcome.status !== "pending") {
      const commands = yield* CommandLog
      yield* commands.release(key)
    }
    return outcome
  })

const recorded = ({ messageId, chat, status, failure }: Message): SendOutcome => {
  if (status === "queued") return { messageId, chat, status: "pending" }
  if (status !== "failed") return { messageId, chat, status: "sent" }
  return { messageId, chat, status: "failed", code: failure?.code ?? "", text: failure?.text ?? "" }
}
