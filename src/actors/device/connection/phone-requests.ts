/** What is asked of the account's phone. It takes no turn: what the phone answers comes back as signals, or is no concern of the log. */
import { Effect } from "effect"
import type { CommandKey } from "../../../store/command-log.ts"
import type { DuplicateKey, StoreUnavailable } from "../../../store/errors.ts"
import type { Connection } from "../../../whatsapp/whatsapp.ts"
import { type Answer, type AskFailure, DeviceBusy, DeviceNotReady } from "../answers.ts"
import type { Asked, RequestHistory, RequestUpload } from "../commands.ts"
import type { DeviceSnapshot } from "../machine.ts"
import type { Socket } from "./socket.ts"

export interface PhoneRequestsOptions {
  readonly socket: Pick<Socket, "connection">
  readonly snapshot: () => DeviceSnapshot
  /** Claims the key of a command that was carried out. */
  readonly claim: (key: CommandKey) => Effect.Effect<void, DeviceBusy | StoreUnavailable | DuplicateKey>
}

/** Questions for history whose answers callers wait for. */
const WAITING_MAX = 20

export class PhoneRequests {
  readonly #options: PhoneRequestsOptions
  #waiting = 0

  constructor(options: PhoneRequestsOptions) {
    this.#options = options
  }

  upload(command: RequestUpload): Effect.Effect<string, AskFailure<"RequestUpload">> {
    return Effect.flatMap(this.#connection, (connection) => connection.requestUpload(command))
  }

  history({
    command,
    key
  }: Asked<RequestHistory>): Effect.Effect<Answer<"RequestHistory">, AskFailure<"RequestHistory">> {
    const { claim } = this.#options
    const { timeoutMs } = command
    return Effect.gen({ self: this }, function* () {
      if (this.#waiting >= WAITING_MAX) {
        return yield* new DeviceBusy({ reason: "it waits for the phone's answer to earlier questions for history" })
      }
      const connection = yield* this.#connection
      const recorded = yield* connection.requestHistory(command)
      if (key !== undefined) yield* claim(key)
      const answered = Effect.map(recorded, (messages) => ({ messages }))
      const pending = { duration: timeoutMs, orElse: () => Effect.succeed({ messages: null }) }
      return yield* Effect.acquireUseRelease(
        Effect.sync(() => this.#waiting++),
        () => Effect.timeoutOrElse(answered, pending),
        () => Effect.sync(() => this.#waiting--)
      )
    })
  }

  get #connection(): Effect.Effect<Connection, DeviceNotReady> {
    return Effect.suspend(() => {
      const snapshot = this.#options.snapshot()
      const { connection } = this.#options.socket
      return connection && snapshot.hasTag("ready")
        ? Effect.succeed(connection)
        : Effect.fail(new DeviceNotReady({ state: snapshot.value }))
    })
  }
}
