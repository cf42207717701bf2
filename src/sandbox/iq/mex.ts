/**
 * GraphQL queries (xmlns w:mex). A query has the id of a document that the server knows, and variables; the answer is JSON with `data`
 * under the path of the query, or with `errors` (Baileys mex.js executeWMexQuery).
 */
import { ChannelRefusal } from "../routing/channel-operations.ts"
import type { Device } from "../state/device.ts"
import { element, textOf } from "../wire/stanza.ts"
import { IqRefusal } from "../request-errors.ts"
import type { IqRegistry } from "./registry.ts"

/** What a client asks with. Each field is checked when it is read. */
export type Variables = Readonly<Record<string, unknown>>

/** One query: the path of its answer, and what answers it. A `ChannelRefusal` becomes an error of the answer. */
export interface MexQuery {
  readonly path: string
  readonly run: (device: Device, variables: Variables) => unknown
}

/** Queries by their ids. */
export type MexQueries = ReadonlyMap<string, MexQuery>

/** Registers the handler of w:mex. */
export function registerMexQueries(registry: IqRegistry, ...families: readonly MexQueries[]): void {
  registry.on("w:mex", ({ first, device, answer }) => {
    const id = first.attrs["query_id"] ?? ""
    const query = families.map((family) => family.get(id)).find((found) => found !== undefined)
    if (query === undefined) return false
    answer([element("result", {}, Buffer.from(JSON.stringify(answerTo(query, device, variablesIn(textOf(first))))))])
    return true
  })
}

/** A text among the variables, or in an object among them; undefined when it is missing or null. */
export function textIn(variables: Variables, name: string): string | undefined {
  const value = variables[name]
  return typeof value === "string" ? value : undefined
}

/** An object among the variables; an empty one when it is missing or null. */
export function objectIn(variables: Variables, name: string): Variables {
  const value = variables[name]
  return typeof value === "object" && value !== null ? (value as Variables) : {}
}

function answerTo({ path, run }: MexQuery, device: Device, variables: Variables): object {
  try {
    return { data: { [path]: run(device, variables) } }
  } catch (error) {
    if (!(error instanceof ChannelRefusal)) throw error
    const extensions = { error_code: error.code, is_retryable: false, severity: "CRITICAL" }
    return { data: null, errors: [{ message: error.message, path: [path], extensions }] }
  }
}

function variablesIn(json: string): Variables {
  try {
    return objectIn(JSON.parse(json) as Variables, "variables")
  } catch {
    throw new IqRefusal("400", "bad-request")
  }
}
