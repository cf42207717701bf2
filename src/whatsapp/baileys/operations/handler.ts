/** What carries an operation out with Baileys: one function for each name of the catalogue. */
import type { proto, WAMessageKey, WASocket } from "@whiskeysockets/baileys"
import type { InputOf, OperationName, OutputOf } from "../../operations/catalog.ts"
import type { RosterChange } from "../../roster.ts"
import type { KnownMessages } from "../../whatsapp.ts"
import type { Self } from "../jid.ts"
import type { Identities } from "../names/identities.ts"
import type { Prepare } from "../sending/prepare.ts"
import type { SentGroups } from "../sending/sent-groups.ts"

export interface OperationContext {
  readonly socket: WASocket
  readonly identities: Identities
  readonly groups: Pick<SentGroups, "forget">
  readonly self: () => Self
  readonly mediaDirectory: string
  readonly known: KnownMessages
  readonly prepare: Prepare
  /**
   * Takes what this account did to a message, by a message that WhatsApp has taken, as if its phone had sent it: the log gets the same
   * event.
   */
  readonly did: (message: {
    readonly key: WAMessageKey
    readonly message: proto.IMessage
    readonly sentAt: number
  }) => Promise<void>
  /** Takes what this account changed of its chats, contacts, groups and labels, as if its phone had. */
  readonly changed: (changes: readonly RosterChange[]) => void
  readonly warn: (text: string) => void
}

/**
 * Resolves when WhatsApp has done it. Rejects as Baileys does when WhatsApp refuses (with its code) or does not answer, or with an
 * OperationUnfit or OperationRefused.
 */
export type Handler<Name extends OperationName> = (
  input: InputOf<Name>,
  context: OperationContext
) => Promise<OutputOf<Name>>

export type Handlers<Name extends OperationName> = { readonly [Each in Name]: Handler<Each> }

/** The handlers of a family of the catalogue. */
export type HandlersOf<Family extends readonly { readonly name: string }[]> = Handlers<
  Extract<Family[number]["name"], OperationName>
>
