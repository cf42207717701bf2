/**
 * The WebSocket connections that are open, and which of them are logged in as which device.
 */
import type { Connection } from "./connection.ts"
import type { Account, Device } from "../state/accounts.ts"

/** The set of connections. Whoever opens or closes one says so here. */
export class Connections {
  readonly #all = new Set<Connection>()

  get size(): number {
    return this.#all.size
  }

  add(connection: Connection): void {
    this.#all.add(connection)
  }

  remove(connection: Connection): void {
    this.#all.delete(connection)
  }

  all(): Connection[] {
    return [...this.#all]
  }

  /** Logged-in connections that the server has not said goodbye to. */
  loggedIn(): Connection[] {
    return this.all().filter((connection) => connection.device !== undefined && !connection.ending)
  }

  /** The logged-in connections of a device. More than one only for the moment in which one replaces another. */
  of(device: Device): Connection[] {
    return this.loggedIn().filter((connection) => connection.device === device)
  }

  /** The logged-in connections of an account's companions. */
  ofAccount(account: Account): Connection[] {
    return this.loggedIn().filter((connection) => connection.device?.account === account)
  }
}
