/** All that a message says: its content, what stands beside it, and its secret. Pure. */
import type { proto } from "@whiskeysockets/baileys"
import type { Incoming } from "../../../whatsapp.ts"
import { base64 } from "./bounds.ts"
import { translateContent } from "./content.ts"
import { translateContext } from "./context.ts"
import { type Unwrapped, unwrap } from "./unwrap.ts"
import { boundedName } from "../../jid.ts"

export type Said = Pick<Extract<Incoming, { readonly type: "message" }>, "content" | "context" | "secret">

/** Undefined for a message that says nothing. A comment says what is inside it, about its target. */
export const translateSaid = (given: Unwrapped): Said | undefined => {
  const { message, infos } = given
  const { commentMessage } = message
  if (commentMessage?.message) return commentOn(commentMessage.targetMessageKey?.id, unwrap(commentMessage.message))
  const content = translateContent(message)
  if (content === undefined) return undefined
  const context = translateContext(given)
  const secret = secretIn(infos) ?? pollSecret(message)
  return { content, ...(context === undefined ? {} : { context }), ...(secret === undefined ? {} : { secret }) }
}

const commentOn = (target: string | null | undefined, comment: Unwrapped): Said | undefined => {
  const said = comment.message.commentMessage ? undefined : translateSaid(comment)
  if (said === undefined || !target) return said
  return { ...said, context: { ...said.context, parent: { messageId: boundedName(target), relation: "comment" } } }
}

const SECRET_BYTES = 32

const secretIn = (infos: readonly proto.IMessageContextInfo[]): string | undefined => {
  const secret = infos.map(({ messageSecret }) => messageSecret).find((bytes) => bytes?.length === SECRET_BYTES)
  return secret ? base64(secret) : undefined
}

/** Older polls have it themselves. */
const pollSecret = ({ pollCreationMessage, pollCreationMessageV2, pollCreationMessageV3 }: proto.IMessage) => {
  const { encKey } = pollCreationMessage ?? pollCreationMessageV2 ?? pollCreationMessageV3 ?? {}
  return encKey?.length === SECRET_BYTES ? base64(encKey) : undefined
}
