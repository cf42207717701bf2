/** The dialects that this gateway speaks. */
import { dashboardRoutes } from "./dashboard.ts"
import type { Dashboard } from "./dashboard-files.ts"
import type { Dialect } from "./dialect.ts"
import { documentationRoutes } from "./documentation.ts"
import { homeRoute } from "./home-page.ts"
import { multiSession } from "./routes/multi-session/dialect.ts"
import { sandboxRoutes } from "./routes/v1/sandbox.ts"
import { v1 } from "./routes/v1/dialect.ts"
import { systemRoutes } from "./routes/v1/system.ts"
import { whatsapp25 } from "./routes/whatsapp25/dialect.ts"
import { wwebjs, type WwebjsOptions } from "./routes/wwebjs/dialect.ts"

export interface DialectSettings {
  /** This release. */
  readonly version: string
  readonly sendAckTimeoutMs: number
  /** The network is the sandbox's, and its phones can be used. */
  readonly hasSimulatedPhones?: boolean
  readonly wwebjs?: WwebjsOptions
  /** Undefined when it has not been built. */
  readonly dashboard?: Dashboard | undefined
}

/** The last dialect responds for paths that no dialect owns, the first of a shared path to clients without a credential. */
export const dialectsOf = ({
  version,
  sendAckTimeoutMs,
  hasSimulatedPhones = false,
  wwebjs: options = {},
  dashboard
}: DialectSettings): readonly Dialect[] => {
  const dialects: readonly Dialect[] = [
    v1([
      homeRoute(version, dashboard !== undefined),
      ...(hasSimulatedPhones ? sandboxRoutes : []),
      ...dashboardRoutes(dashboard),
      ...systemRoutes(version),
      ...documentationRoutes(() => dialects, version)
    ]),
    wwebjs(options),
    multiSession({ version, sendAckTimeoutMs }),
    whatsapp25({ version, sendAckTimeoutMs })
  ]
  return dialects
}
