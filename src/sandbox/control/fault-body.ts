/**
 * Reads an order for a fault from the body of a control request.
 */
import { CODE_NOTICES, type Fault, type FaultKind, PASSKEY_VARIANTS, REFRESH_CHILDREN } from "../faults/fault.ts"
import { InvalidRequest } from "../request-errors.ts"
import { checkedPhoneNumber } from "../state/phone-number.ts"
import type { ControlBody } from "./body.ts"

/** The details of each kind of fault. A question mark stands for an optional one. */
const DETAILS: Record<FaultKind, readonly string[]> = {
  stream: ["code?"],
  failure: ["code", "expire?"],
  replaced: [],
  stream_end: [],
  terminate: [],
  close: [],
  freeze: [],
  mute: [],
  downgrade: [],
  logged_out: [],
  upgrade: ["code"],
  ack_error: ["code"],
  latency: ["ms", "jitterMs?"],
  passkey: ["variant?", "ms?"],
  unasked_continuation: [],
  refuse_secret: ["child?"],
  late_refresh: ["child?"],
  refuse_code: ["code?", "backoff?"],
  code_notice: ["notice"],
  refuse_finish: ["code?"],
  duplicate_receipts: [],
  reorder_receipts: [],
  upload_error: ["code?"],
  tamper: [],
  drop: []
}

/** The details that are words. The others are numbers. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  child: REFRESH_CHILDREN,
  notice: CODE_NOTICES,
  variant: PASSKEY_VARIANTS
}

/** Kinds that affect every client, because the server does not know yet which client asks. */
const AFFECT_EVERY_CLIENT: ReadonlySet<FaultKind> = new Set(["upgrade", "upload_error"])

/** Every kind of fault. */
export const FAULT_KINDS = Object.keys(DETAILS) as FaultKind[]

/** Reads a fault. Throws an `InvalidRequest` that names what is wrong. */
export function readFault(body: ControlBody): Fault {
  const kind = body.oneOf("kind", FAULT_KINDS)
  const details: Record<string, number | string> = {}
  for (const field of DETAILS[kind]) {
    const name = field.replace("?", "")
    const words = WORDS[name]
    if (field.endsWith("?") && !body.has(name)) continue
    details[name] = words === undefined ? body.number(name) : body.oneOf(name, words)
  }
  const fault = {
    kind,
    ...details,
    ...body.optional("number", (name) => body.text(name)),
    ...body.optional("forMs", (name) => body.number(name)),
    ...body.optional("times", (name) => body.number(name)),
    ...body.optional("untilCleared", (name) => body.boolean(name))
  }
  if (fault.number !== undefined) checkedPhoneNumber(fault.number)
  if (fault.number !== undefined && AFFECT_EVERY_CLIENT.has(kind))
    throw new InvalidRequest(`a fault of kind ${kind} affects every client; leave "number" out`)
  return fault as Fault
}
