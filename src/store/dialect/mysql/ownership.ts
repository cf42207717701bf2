/**
 * One gateway for each database. Keeps DEV-3 on MySQL.
 *
 * A lock of the server (GET_LOCK, on a connection of its own) keeps a second gateway from starting. Its connection can be lost
 * though its gateway lives: so the owner's token stands in `log_head` too, and every transaction of the writer asks for it. Who
 * takes the lock and writes another token there has fenced the first one off; nothing of it is ever written again.
 *
 * A lost lock is taken back at once where nobody else took it. The server frees the lock of a gateway that it has not heard of
 * for LEASE_MS; before that, a gateway that cannot reach the server says so (`unheard`), so that its sockets are closed.
 */
import { createHash, randomBytes } from "node:crypto"
import { DatabaseProblem } from "./problem.ts"
import { killOwn } from "./processes.ts"
import type { Session } from "./session.ts"

export interface OwnershipEvents {
  /** Another gateway owns the database now: this one must end. */
  readonly taken: () => void
  /** The server was not reached for `patienceMs`; another gateway may soon be let in. Said once for each time away. */
  readonly unheard: () => void
  /** At most PATIENCE_MAX_MS. */
  readonly patienceMs: number
}

/** So long before the lease ends, and with the time that noticing takes, sockets have to be closed. */
export const PATIENCE_MAX_MS = 45_000

/** The server ends a connection that it has not heard of for so long. */
export const LEASE_MS = 60_000
const BEAT_MS = 5_000
const TAKE_BACK_MS = 250
/** For a gateway that is just ending. */
const START_WAIT_SECONDS = 3

export class Ownership {
  /** What stands in `log_head.owner` while this gateway owns the database. */
  readonly token: Uint8Array = randomBytes(16)
  readonly #connect: () => Promise<Session>
  readonly #name: string
  readonly #events: OwnershipEvents
  #session: Session
  #heardAt = performance.now()
  #isUnheard = false
  #isOver = false
  #next: NodeJS.Timeout | undefined

  private constructor(connect: () => Promise<Session>, session: Session, name: string, events: OwnershipEvents) {
    this.#connect = connect
    this.#session = session
    this.#name = name
    this.#events = events
  }

  /** Rejects with a DatabaseProblem while another gateway holds the database. */
  static async take(connect: () => Promise<Session>, database: string, events: OwnershipEvents): Promise<Ownership> {
    const name = `bitacora:${createHash("sha256").update(database).digest("hex").slice(0, 32)}`
    const session = await connect()
    if (!(await lock(session, name, START_WAIT_SECONDS))) {
      await session.end()
      throw new DatabaseProblem(
        `DB_NAME: '${database}' is in use by another gateway; stop it first, or set another DB_NAME`
      )
    }
    const ownership = new Ownership(connect, session, name, events)
    ownership.#keep()
    return ownership
  }

  /** Fences off whoever owned the database before. The schema must be up to date. */
  async claim(): Promise<void> {
    await this.#session.query("UPDATE log_head SET owner = ? WHERE id = 1", [this.token])
  }

  async release(): Promise<void> {
    this.#isOver = true
    clearTimeout(this.#next)
    await this.#session.end()
  }

  /** Beats until the session is lost; then takes the lock back. */
  #keep(): void {
    this.#heardAt = performance.now()
    this.#isUnheard = false
    this.#session.onLost(() => this.#later(0, () => this.#takeBack()))
    const beat = () =>
      this.#later(BEAT_MS, async () => {
        // A failure loses the session, which is told above.
        await this.#session.query("DO 0").then(
          () => {
            this.#heardAt = performance.now()
            beat()
          },
          () => this.#session.cut()
        )
      })
    beat()
  }

  async #takeBack(): Promise<void> {
    const lost = this.#session.id
    let session: Session | undefined
    try {
      session = await this.#connect()
      if (this.#isOver) return session.end()
      // The server may not have noticed yet that the old connection is gone.
      await killOwn(session, lost)
      const isHeld = await lock(session, this.#name, 1)
      const [row] = await session.query<{ owner: Uint8Array | null }>("SELECT owner FROM log_head WHERE id = 1")
      if (row?.owner && Buffer.compare(row.owner, this.token) !== 0) {
        this.#isOver = true
        this.#events.taken()
        return session.end()
      }
      if (isHeld) {
        this.#session = session
        this.#keep()
        return
      }
      await session.end()
    } catch {
      // The server is away; what follows is the same as for a lock that somebody else holds at the moment.
      session?.cut()
    }
    if (!this.#isUnheard && performance.now() - this.#heardAt > this.#events.patienceMs) {
      this.#isUnheard = true
      this.#events.unheard()
    }
    this.#later(TAKE_BACK_MS, () => this.#takeBack())
  }

  #later(ms: number, work: () => Promise<unknown>): void {
    if (this.#isOver) return
    clearTimeout(this.#next)
    this.#next = setTimeout(() => void work(), ms)
  }
}

const lock = async (session: Session, name: string, waitSeconds: number): Promise<boolean> => {
  await session.query(`SET SESSION wait_timeout = ${LEASE_MS / 1_000}`)
  const [row] = await session.query<{ isHeld: number | null }>("SELECT GET_LOCK(?, ?) AS isHeld", [name, waitSeconds])
  return row?.isHeld === 1
}
