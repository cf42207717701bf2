/**
 * What a connection has been told and must not forget, by message id: announcements of parts of the phone's history (history/history.ts),
 * and messages that still wait for their content (placeholders.ts). They are encrypted as the credentials are.
 */
import type { DeviceRows } from "./device-rows.ts"
import { decode, encode } from "./row-encoding.ts"

export interface KeptParts {
  readonly all: () => Promise<ReadonlyMap<string, Uint8Array>>
  readonly put: (id: string, part: Uint8Array) => Promise<void>
  readonly delete: (id: string) => Promise<void>
}

export const keptParts = (rows: DeviceRows, category: "history-part" | "placeholder"): KeptParts => ({
  all: async () => new Map([...(await rows.read(category))].map(([id, row]) => [id, decode(row) as Uint8Array])),
  put: (id, part) => rows.write([{ category, id, value: encode(part) }]),
  delete: (id) => rows.write([{ category, id, value: null }])
})
