/** The dialects that this gateway speaks. */
import type { Dialect } from "./dialect.ts"
import { documentationRoutes } from "./documentation.ts"
import { homeRoute } from "./home-page.ts"
import { multiSession } from "./routes/multi-session/dialect.ts"
import { v1 } from "./routes/v1/dialect.ts"
import { whatsapp25 } from "./routes/whatsapp25/dialect.ts"
import { wwebjs, type WwebjsOptions } from "./routes/wwebjs/dialect.ts"

export interface DialectSettings {
  /** This release. */
  readonly version: string
  readonly sendAckTimeoutMs: number
  readonly wwebjs?: WwebjsOptions
}

/** The last dialect responds for paths that no dialect owns, the first of a shared path to clients without a credential. */
export const dialectsOf = ({
  version,
  sendAckTimeoutMs,
  wwebjs: options = {}
}: DialectSettings): readonly Dialect[] => {
  const dialects: readonly Dialect[] = [
    v1([homeRoute(version), ...documentationRoutes(() => dialects, version)]),
    wwebjs(options),
    multiSession({ version, sendAckTimeoutMs }),
    whatsapp25({ version, sendAckTimeoutMs })
  ]
  return dialects
}
