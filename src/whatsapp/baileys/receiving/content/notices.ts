/** What WhatsApp's protocol says in a message that no person typed. Pure. */
import { proto } from "@whiskeysockets/baileys"
import type { IncomingContent } from "../../../../events/content.ts"
import { count, enumName, label } from "./bounds.ts"
import { unknownKind } from "./unknown.ts"

const { Type } = proto.Message.ProtocolMessage

/** Between devices of one account: keys, history, states. None of it is a person's message, and some of it is secret. */
const amongOwnDevices = new Set<number>([
  Type.EPHEMERAL_SYNC_RESPONSE,
  Type.HISTORY_SYNC_NOTIFICATION,
  Type.APP_STATE_SYNC_KEY_SHARE,
  Type.APP_STATE_SYNC_KEY_REQUEST,
  Type.MSG_FANOUT_BACKFILL_REQUEST,
  Type.INITIAL_SECURITY_NOTIFICATION_SETTING_SYNC,
  Type.APP_STATE_FATAL_EXCEPTION_NOTIFICATION,
  Type.PEER_DATA_OPERATION_REQUEST_MESSAGE,
  Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
  Type.LID_MIGRATION_MAPPING_SYNC
])

type Notice = Extract<IncomingContent, { readonly kind: "notice" }>

/** Undefined for what goes on among an account's own devices. A notice that is not known keeps its bytes. */
export const translateNotice = (protocol: proto.Message.IProtocolMessage): IncomingContent | undefined => {
  const { type } = protocol
  if (type == null || amongOwnDevices.has(type)) return undefined
  return noticeOf(protocol) ?? { ...unknownKind({ protocolMessage: protocol }, "protocolMessage"), ...nameOf(type) }
}

const nameOf = (type: number) => ({ name: `protocolMessage ${enumName(Type, type) ?? type}` })

const noticeOf = (protocol: proto.Message.IProtocolMessage): Notice | undefined => {
  switch (protocol.type) {
    case Type.EPHEMERAL_SETTING:
      return { kind: "notice", notice: "expirationChanged", seconds: count(protocol.ephemeralExpiration) ?? 0 }
    case Type.SHARE_PHONE_NUMBER:
      return { kind: "notice", notice: "numberShared" }
    case Type.REQUEST_WELCOME_MESSAGE:
      return { kind: "notice", notice: "welcomeRequested" }
    case Type.LIMIT_SHARING: {
      const { sharingLimited } = protocol.limitSharing ?? {}
      return { kind: "notice", notice: sharingLimited ? "sharingLimited" : "sharingAllowed" }
    }
    case Type.GROUP_MEMBER_LABEL_CHANGE:
      return { kind: "notice", notice: "memberLabelChanged", text: label(protocol.memberLabel?.label) ?? "" }
    default:
      return undefined
  }
}
