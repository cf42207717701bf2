/** A route, and the dialect that declares it. */
import type { Route } from "./declaration.ts"
import type { Dialect } from "./dialect.ts"

export interface Declared {
  readonly dialect: Dialect
  readonly route: Route
}
