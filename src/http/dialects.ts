/** The dialects that this gateway speaks. */
import type { Dialect } from "./dialect.ts"
import { documentationRoutes } from "./documentation.ts"
import { v1 } from "./routes/v1/dialect.ts"
import { whatsapp25 } from "./routes/whatsapp25/dialect.ts"
import { wwebjs } from "./routes/wwebjs/dialect.ts"

export interface DialectSettings {
  /** This release. */
  readonly version: string
  readonly sendAckTimeoutMs: number
  /** The data types that no client of the wwebjs dialect gets. */
  readonly disabledCallbacks?: readonly string[]
}

/** The last dialect responds for paths that no dialect owns. */
export const dialectsOf = ({
  version,
  sendAckTimeoutMs,
  disabledCallbacks = []
}: DialectSettings): readonly Dialect[] => {
  const dialects: readonly Dialect[] = [
    v1(documentationRoutes(() => dialects, version)),
    wwebjs(disabledCallbacks),
    whatsapp25({ version, sendAckTimeoutMs })
  ]
  return dialects
}
