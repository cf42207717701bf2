/** What a route of the control API is. */
import type { ControlBody } from "./body.ts"
import type { ControlledNetwork } from "./controlled-network.ts"

/** One request, matched and parsed. */
export interface ControlRequest {
  readonly network: ControlledNetwork
  /** The parts of the path that stand for `:name` in the route. */
  readonly params: Readonly<Record<string, string>>
  readonly body: ControlBody
}

/** One method and path. What `run` returns, or resolves to, is sent as JSON. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE"
  /** Path, with `:name` for a variable part. */
  readonly path: string
  /** What the list of routes at `/` says about it. */
  readonly help: string
  readonly run: (request: ControlRequest) => unknown
}
