/** The declared routes as the tests use them: their names, and their examples as requests with real names. */
import type { Dialect } from "../../../src/http/dialect.ts"
import { readDashboard } from "../../../src/http/dashboard-files.ts"
import { dialectsOf } from "../../../src/http/dialects.ts"
import { type Access, EVENT_STREAM, type Example, type Route } from "../../../src/http/declaration.ts"
import { EXAMPLE } from "../../../src/http/example-names.ts"

export interface DeclaredRoute {
  /** `METHOD /path`. */
  readonly name: string
  readonly method: string
  readonly path: string
  readonly dialect: Dialect
  readonly route: Route
}

/** The real names for those in the examples. */
export type Names = { readonly [Name in keyof typeof EXAMPLE]: string }

export interface RequestOfExample {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly headers: Readonly<Record<string, string>>
}

export const dialects = dialectsOf({
  version: "0.0.0-test",
  sendAckTimeoutMs: 10_000,
  dashboard: readDashboard()
})

/** Each route of each dialect, under each of its paths. */
export const declaredRoutes: readonly DeclaredRoute[] = dialects.flatMap((dialect) =>
  dialect.routes.flatMap((route) =>
    [route.path, ...(route.aliases ?? [])].map((path) => ({
      name: `${route.method} ${path}`,
      method: route.method,
      path,
      dialect,
      route
    }))
  )
)

export type Guarded = Exclude<Access, { readonly for: "anyone" }>
export const accessOf = ({ route }: DeclaredRoute): Access => route.access as Access
/** Another dialect declares the same method and path. */
export const isShared = ({ name, route }: DeclaredRoute): boolean =>
  declaredRoutes.some((other) => other.name === name && other.route !== route)
/** A route of operators that shares its path with one of users: there a Bearer token leads to the users' route. */
export const isForKeyOnly = (declared: DeclaredRoute): boolean =>
  isShared(declared) && accessOf(declared).for === "operator"
export const examplesOf = ({ route }: DeclaredRoute): readonly Example[] => route.examples

/** The route's response is a stream of Server-Sent Events. */
export const isEventStream = ({ route }: DeclaredRoute): boolean => JSON.stringify(route.answers).includes(EVENT_STREAM)

/** The example as a client would send it, with these names. */
export const requestOf = (
  { method, path }: Pick<DeclaredRoute, "method" | "path">,
  example: Example,
  names: Names
): RequestOfExample => {
  const named = (text: string): string =>
    Object.entries(EXAMPLE).reduce((done, [name, value]) => done.replaceAll(value, names[name as keyof Names]), text)
  const { params = {}, query = {}, body, headers = {} } = example
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(named(params[name] ?? "")))
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, named(value)] as [string, string])
  ).toString()
  return {
    method,
    path: search === "" ? filled : `${filled}?${search}`,
    headers: JSON.parse(named(JSON.stringify(headers))) as Readonly<Record<string, string>>,
    ...(body === undefined ? {} : { body: JSON.parse(named(JSON.stringify(body))) as unknown })
  }
}
