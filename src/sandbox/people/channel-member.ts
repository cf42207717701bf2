/** What a phone or contact does with channels, as tests and the control API use it. Posts go out by `Person.send`. */
import type { ChannelChanges, ChannelOperations } from "../routing/channel-operations.ts"
import type { Device } from "../state/device.ts"

/** The channels of one person. Each method fails when the server would refuse it. */
export class ChannelMember {
  readonly #device: Device
  readonly #operations: ChannelOperations

  constructor(device: Device, operations: ChannelOperations) {
    this.#device = device
    this.#operations = operations
  }

  /** Creates a channel, of which it is the owner. */
  create(name: string, description?: string): { readonly id: string; readonly invite: string } {
    const { id, invite } = this.#operations.create(this.#device, name, description)
    return { id, invite }
  }

  update(channel: string, changes: ChannelChanges): void {
    this.#operations.update(this.#device, channel, changes)
  }

  follow(channel: string): void {
    this.#operations.follow(this.#device, channel)
  }

  unfollow(channel: string): void {
    this.#operations.unfollow(this.#device, channel)
  }

  mute(channel: string, muted = true): void {
    this.#operations.mute(this.#device, channel, muted)
  }

  /** Makes a follower an administrator, by number or jid. */
  promote(channel: string, user: string): void {
    this.#operations.promote(this.#device, channel, user)
  }

  demote(channel: string, user: string): void {
    this.#operations.demote(this.#device, channel, user)
  }

  changeOwner(channel: string, user: string): void {
    this.#operations.changeOwner(this.#device, channel, user)
  }

  delete(channel: string): void {
    this.#operations.delete(this.#device, channel)
  }
}
