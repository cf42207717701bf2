/**
 * What waits for an actor, in order of arrival and bounded.
 *
 * Commands beyond the bound are refused: the caller is told "busy". Signals are facts and never refused; beyond their bound
 * the actor is told, so that it stops the source, and what the source still had comes in.
 */
import { Effect, Queue } from "effect"

export interface MailboxOptions {
  readonly commandsMax: number
  readonly signalsMax: number
  /** Called once when the signals' bound is passed, and again only after they fell below half of it. */
  readonly overflowed: () => void
}

type Entry<Command, Fact> =
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "fact"; readonly fact: Fact }

export class Mailbox<Command, Fact> {
  readonly #queue: Queue.Queue<Entry<Command, Fact>>
  readonly #options: MailboxOptions
  readonly #commands = new Set<Command>()
  #facts = 0
  #overflowed = false

  private constructor(queue: Queue.Queue<Entry<Command, Fact>>, options: MailboxOptions) {
    this.#queue = queue
    this.#options = options
  }

  static make<Command, Fact>(options: MailboxOptions): Effect.Effect<Mailbox<Command, Fact>> {
    return Effect.map(Queue.unbounded<Entry<Command, Fact>>(), (queue) => new Mailbox<Command, Fact>(queue, options))
  }

  get size(): number {
    return this.#commands.size + this.#facts
  }

  /** More signals wait than the bound allows. */
  get isOverflowed(): boolean {
    return this.#overflowed
  }

  /** Commands whose turn has not come, the oldest first. */
  get commands(): Iterable<Command> {
    return this.#commands
  }

  /** False when the mailbox is full or closed: nothing will come of this command. */
  offerCommand(command: Command): boolean {
    if (this.#commands.size >= this.#options.commandsMax) return false
    if (!Queue.offerUnsafe(this.#queue, { kind: "command", command })) return false
    this.#commands.add(command)
    return true
  }

  /** What happened: a signal, a timer that is due. */
  offerFact(fact: Fact): void {
    if (!Queue.offerUnsafe(this.#queue, { kind: "fact", fact })) return
    this.#facts++
    if (this.#overflowed || this.#facts <= this.#options.signalsMax) return
    this.#overflowed = true
    this.#options.overflowed()
  }

  /** The next entry; waits for one. */
  get take(): Effect.Effect<Entry<Command, Fact>> {
    return Effect.map(Queue.take(this.#queue), (entry) => {
      if (entry.kind === "command") this.#commands.delete(entry.command)
      else this.#facts--
      if (this.#facts <= this.#options.signalsMax / 2) this.#overflowed = false
      return entry
    })
  }

  /** Takes nothing more; what waits stays where it is. */
  get close(): Effect.Effect<boolean> {
    return Queue.shutdown(this.#queue)
  }
}
