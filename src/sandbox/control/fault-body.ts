/**
 * Reading an order for a fault from the control API.
 */
import { isPhoneNumber } from "../state/jid.ts"
import type { ControlBody } from "./body.ts"
import type { Fault, FaultKind } from "../faults/armed-faults.ts"
import { InvalidRequest } from "../request-errors.ts"

/** Every kind of fault, with what it needs to know. */
const KINDS: Record<FaultKind, readonly string[]> = {
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
  passkey: [],
  duplicate_receipts: [],
  reorder_receipts: [],
  upload_error: ["code?"],
  tamper: [],
  drop: []
}

/** Kinds that hit everybody, because the server cannot know whose request it is. */
const FOR_EVERYBODY: ReadonlySet<FaultKind> = new Set(["upgrade", "upload_error"])

/** The kinds of fault that can be ordered. */
export const FAULT_KINDS = Object.keys(KINDS) as FaultKind[]

/** Reads a fault. Throws an `InvalidRequest` that says what is wrong. */
export function readFault(body: ControlBody): Fault {
  const kind = body.oneOf("kind", FAULT_KINDS)
  const details: Record<string, number> = {}
  for (const field of KINDS[kind]) {
    const name = field.replace("?", "")
    if (!field.endsWith("?") || body.has(name)) details[name] = body.number(name)
  }
  const fault = {
    kind,
    ...details,
    ...body.optional("number", (name) => body.text(name)),
    ...body.optional("forMs", (name) => body.number(name)),
    ...body.optional("times", (name) => body.number(name)),
    ...body.optional("untilCleared", (name) => body.boolean(name))
  }
  if (fault.number !== undefined && !isPhoneNumber(fault.number))
    throw new InvalidRequest(`"${fault.number}" is no phone number: 8 to 15 digits, nothing else`)
  if (fault.number !== undefined && FOR_EVERYBODY.has(kind))
    throw new InvalidRequest(`a fault of kind ${kind} hits everybody; leave "number" out`)
  return fault as Fault
}
