/**
 * Allows only one gateway per database. Keeps DEV-3 on MySQL.
 *
 * A lock of the server (GET_LOCK, on a separate connection) keeps a second gateway from starting. That connection can be lost while
 * its gateway lives. Therefore the owner's token is also stored in `log_head`, and every transaction of the writer checks it. A gateway
 * that takes the lock and stores its own token fences off the previous one, which can then write nothing.
 *
 * A lost lock is taken back at once if no other gateway has taken it. The server frees the lock of a gateway that it has not heard from
 * for LEASE_MS. A gateway that cannot reach the server reports that before then (`unheard`), so that its sockets are closed.
 */
import { createHash, randomBytes } from "node:crypto"
import { DatabaseProblem } from "./problem.ts"
import { killOwn } from "./processes.ts"
import type { Session } from "./session.ts"

export interface OwnershipEvents {
  /** Another gateway owns the database: this one must end. */
  readonly taken: () => void
  /** The server was not reached for `patienceMs`, so another gateway may soon start. Called once for each outage. */
  readonly unheard: () => void
  /** At most PATIENCE_MAX_MS. */
  readonly patienceMs: number
}

/** Sockets must be closed this long before the lease ends, including the time that it takes to notice. */
export const PATIENCE_MAX_MS = 45_000

/** The server closes a connection that it has not heard from for this long. */
export const LEASE_MS = 60_000
const BEAT_MS = 5_000
const TAKE_BACK_MS = 250
/** For a previous gateway that is just ending. */
const START_WAIT_SECONDS = 3

export class Ownership {
  /** The value of `log_head.owner` while this gateway owns the database. */
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

  /** Fences off the previous owner of the database. The schema must be up to date. */
  async claim(): Promise<void> {
    await this.#session.query("UPDATE log_head SET owner = ? WHERE id = 1", [this.token])
  }

  async release(): Promise<void> {
    this.#isOver = true
    clearTimeout(this.#next)
    await this.#session.end()
  }

  /** Sends heartbeats until the session is lost, then takes the lock back. */
  #keep(): void {
    this.#heardAt = performance.now()
    this.#isUnheard = false
    this.#session.onLost(() => this.#later(0, () => this.#takeBack()))
    const beat = () =>
      this.#later(BEAT_MS, async () => {
        // A failure loses the session; onLost above reacts to that.
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
      // The server may not have noticed that the old connection is gone.
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
      // The server does not respond. Continue as when another session holds the lock.
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
