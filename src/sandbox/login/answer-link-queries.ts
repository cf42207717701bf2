/**
 * Answers the queries of a client that is to be linked (xmlns md): those of a pairing code and those of a passkey. iq/ has the query,
 * this file knows whose turn it is.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { IqRefusal } from "../request-errors.ts"
import type { Connection } from "../wire/connection.ts"
import { type CompletionParts, signLink } from "./complete-pairing.ts"
import { answerCompanionHello, takeCompanionFinish } from "./pairing-code.ts"
import type { PasskeyCeremony } from "./passkey-ceremony.ts"

/** The content of the answer; undefined when the query is not understood. An answer of `"silence"` never comes. */
type Answer = BinaryNode[] | "silence" | undefined

/** Throws an `IqRefusal` when the server refuses. */
export function answerLinkQuery(parts: CompletionParts, connection: Connection, first: BinaryNode): Answer {
  switch (first.tag) {
    case "link_code_companion_reg":
      return answerCodeQuery(parts, connection, first)
    case "passkey_request_options":
      return ceremonyOf(parts, connection).renew()
    case "ref":
      return ceremonyOf(parts, connection).giveRef()
    case "passkey_prologue":
      ceremonyOf(parts, connection).takePrologue(first)
      return []
    case "companion_nonce":
      ceremonyOf(parts, connection).takeNonce(contentOf(first))
      return []
    case "encrypted_pairing_request":
      completeWithPasskey(parts, connection, contentOf(first))
      return []
    default:
      return undefined
  }
}

function answerCodeQuery(parts: CompletionParts, connection: Connection, first: BinaryNode): Answer {
  const { stage } = first.attrs
  if (stage === "companion_hello") return answerCompanionHello(parts, connection, first)
  if (stage !== "companion_finish") return undefined
  takeCompanionFinish(parts, connection, first)
  return []
}

/** The phone signs once the answer to the client's request has left. */
function completeWithPasskey(parts: CompletionParts, connection: Connection, request: Uint8Array): void {
  const registration = parts.registrations.of(connection)
  const ceremony = ceremonyOf(parts, connection)
  if (registration === undefined) return
  const claim = { identity: registration.bundle.identity, advSecret: ceremony.takeRequest(request) }
  setImmediate(() => {
    signLink(parts, registration, ceremony.phone, claim).catch((error: unknown) =>
      parts.settings.log(`sandbox: a link with a passkey was not completed: ${String(error)}`)
    )
  })
}

function ceremonyOf({ registrations }: CompletionParts, connection: Connection): PasskeyCeremony {
  const ceremony = registrations.of(connection)?.ceremony
  if (ceremony === undefined) throw new IqRefusal("400", "the client was not asked for a passkey")
  return ceremony
}

function contentOf({ content }: BinaryNode): Uint8Array {
  if (!(content instanceof Uint8Array)) throw new IqRefusal("400", "the query has no bytes")
  return content
}
