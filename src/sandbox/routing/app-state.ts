/** Takes patches of app state from a device of an account, and tells its other devices that there is a new version. */
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { AppStates } from "../state/app-state.ts"
import type { Device } from "../state/device.ts"
import { pnJid } from "../state/jid.ts"
import { element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Delivery } from "./delivery.ts"

/** Every change of app state on the network, of clients and of phones. */
export class AppStateRouter {
  readonly states: AppStates
  readonly #accounts: Accounts
  readonly #delivery: Delivery
  readonly #before = new Map<Account, () => Promise<void>>()

  constructor(states: AppStates, accounts: Accounts, delivery: Delivery) {
    this.states = states
    this.#accounts = accounts
    this.#delivery = delivery
  }

  /** Lets something happen when the next patch of a companion of this account arrives, before the server looks at it. */
  beforeNextPatch(account: Account, act: () => Promise<void>): void {
    this.#before.set(account, act)
  }

  /** A patch of a companion has arrived. Resolves when the server may look at it. */
  async arrived({ account }: Device): Promise<void> {
    const act = this.#before.get(account)
    this.#before.delete(account)
    await act?.()
  }

  /** Adds a patch. Returns false when it is not based on the newest version. */
  append(author: Device, name: string, basedOn: number, patch: Uint8Array): boolean {
    return this.states.append(author.account, name, basedOn, patch)
  }

  /** Tells the phone and the companions of an account, but for the author of the change. */
  notify(author: Device, name: string): void {
    const version = String(this.states.version(author.account, name))
    for (const device of this.#accounts.devices(author.account)) {
      if (device === author) continue
      const attrs = { from: pnJid(author.account), type: "server_sync", id: serverStanzaId(), t: unixSeconds() }
      this.#delivery.deliver(device, element("notification", attrs, [element("collection", { name, version })]))
    }
  }
}
