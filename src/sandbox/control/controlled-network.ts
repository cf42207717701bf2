/**
 * What the control API needs of a network. network.ts implements it; the interface is here so that control does not
 * depend on the network that starts it.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Fault, FaultKind } from "../faults/fault.ts"
import type { Notice } from "../login/notices.ts"
import type { VersionRules } from "../login/web-versions.ts"
import type { Behaviour } from "../people/behaviour.ts"
import type { ChannelView } from "../people/channel-view.ts"
import type { Contact } from "../people/contact.ts"
import type { Phone } from "../people/phone.ts"

/** The network under control. Each method is documented at `Network`. */
export interface ControlledNetwork {
  readonly unknownIqs: readonly BinaryNode[]
  readonly notices: readonly Notice[]
  readonly versions: VersionRules
  setVersions(rules: Partial<VersionRules>): void
  addPhone(number: string, options: { readonly name?: string }): Phone
  addContact(number: string, options: { readonly behaviour?: Behaviour; readonly name?: string }): Contact
  phone(number: string): Phone
  contact(number: string): Contact
  phones(): Phone[]
  contacts(): Contact[]
  readonly callLinks: readonly object[]
  channel(id: string): ChannelView
  channels(): ChannelView[]
  fault(fault: Fault): void
  clearFaults(): void
  faultsOf(number: string): FaultKind[]
  endFault(kind: FaultKind, number: string): void
  expireMedia(status?: number): void
  stats(): object
}
