/**
 * The WebSocket connections that are open, and which of them are logged in as which device.
 */
import type { Account } from "../state/account.ts"
import type { Device } from "../state/device.ts"
import type { Connection } from "./connection.ts"

/** The open connections. accept-client.ts adds each one when it opens and removes it when it closes. */
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

  /** Logged-in connections that the server has not begun to close. */
  loggedIn(): Connection[] {
    return this.all().filter((connection) => connection.device !== undefined && !connection.closing)
  }

  /** The logged-in connections of a device. There are two only while a new login replaces the first. */
  of(device: Device): Connection[] {
    return this.loggedIn().filter((connection) => connection.device === device)
  }

  /** The logged-in connections of an account's companions. */
  ofAccount(account: Account): Connection[] {
    return this.loggedIn().filter((connection) => connection.device?.account === account)
  }
}
