/**
 * Limits long responses: how many a client may have in progress, and how long one may stay unread. Such a response occupies memory, or
 * a file and a page of the log, until its client has read it.
 */
import { Schema } from "effect"
import type { FastifyReply } from "fastify"
import { ConcurrencyLimit } from "../application/concurrency-limit.ts"
import { nameOf, type Principal } from "../application/principal.ts"

/** Transient: the client has the maximum number of long responses in progress. */
export class TooManyReadings extends Schema.TaggedError<TooManyReadings>()("TooManyReadings", { max: Schema.Int }) {
  override get message(): string {
    return `at most ${this.max} long responses may be in progress per client; read them to their end, then try again`
  }
}

const AT_ONCE_MAX = 10

export class Downloads {
  readonly #open = new ConcurrencyLimit(AT_ONCE_MAX)
  readonly #timeoutMs: number

  /** `timeoutMs`: a response that is not read for this long is cut off. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** Counts the response until it, or its client, has left. Throws TooManyReadings. */
  begin(principal: Principal, reply: FastifyReply): void {
    const giveBack = this.#open.take(nameOf(principal))
    if (!giveBack) throw new TooManyReadings({ max: AT_ONCE_MAX })
    const stopWatching = cutWhenUnread(reply, this.#timeoutMs)
    const end = () => {
      stopWatching()
      giveBack()
    }
    if (reply.raw.destroyed) end()
    else reply.raw.once("close", end)
  }
}

const cutWhenUnread = ({ raw }: FastifyReply, timeoutMs: number): (() => void) => {
  const { socket } = raw
  if (socket === null) return () => {}
  let seen = socket.bytesWritten - socket.writableLength
  const timer = setInterval(() => {
    const taken = socket.bytesWritten - socket.writableLength
    if (taken === seen && socket.writableLength > 0) socket.destroy()
    seen = taken
  }, timeoutMs)
  return () => clearInterval(timer)
}
