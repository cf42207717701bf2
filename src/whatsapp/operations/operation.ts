/**
 * One thing that can be asked of WhatsApp for an account: what it takes, what it returns, and who may ask for it.
 *
 * A `read` changes nothing and is not recorded. A `change` is recorded as `operation.performed`, whatever WhatsApp answers.
 */
import { Schema } from "effect"
import type { Scope } from "../../events/access.ts"

export interface Operation<
  Name extends string = string,
  Fields extends Schema.Struct.Fields = Schema.Struct.Fields,
  Output extends Schema.Top = Schema.Top
> {
  readonly name: Name
  readonly kind: "read" | "change"
  /** The scope that a token needs. */
  readonly scope: Scope
  /** The states of the device in which it is possible. */
  readonly states: readonly string[]
  /** The fields of the input, so that a route can take some of them from its path. */
  readonly fields: Fields
  readonly input: Schema.Struct<Fields>
  readonly output: Output
  /** Fields of the input that the log does not keep: another event holds them, or they are long. */
  readonly unrecorded: readonly string[]
  /** What it does, in one sentence. */
  readonly doc: string
}

interface Details<Fields extends Schema.Struct.Fields, Output extends Schema.Top> {
  readonly scope?: Scope
  readonly fields: Fields
  readonly output: Output
  readonly unrecorded?: readonly (keyof Fields & string)[]
  readonly doc: string
}

const CONNECTED = ["CONNECTED"]

const declaring =
  (kind: Operation["kind"], usualScope: Scope) =>
  <const Name extends string, Fields extends Schema.Struct.Fields, Output extends Schema.Top>(
    name: Name,
    { scope = usualScope, unrecorded = [], ...details }: Details<Fields, Output>
  ): Operation<Name, Fields, Output> => ({
    ...details,
    name,
    kind,
    scope,
    unrecorded,
    states: CONNECTED,
    input: Schema.Struct(details.fields)
  })

/** A question. Needs the scope `read` unless it says otherwise. */
export const read = declaring("read", "read")

/** A change. Needs the scope `manage` unless it says otherwise. */
export const change = declaring("change", "manage")
