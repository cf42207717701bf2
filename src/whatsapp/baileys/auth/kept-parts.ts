/** Announcements of parts of the phone's history, by message id (history-parts.ts). They are encrypted as the credentials are. */
import type { DeviceRows } from "./device-rows.ts"
import { decode, encode } from "./row-encoding.ts"

export interface KeptParts {
  readonly all: () => Promise<ReadonlyMap<string, Uint8Array>>
  readonly put: (id: string, announcement: Uint8Array) => Promise<void>
  readonly delete: (id: string) => Promise<void>
}

const CATEGORY = "history-part"

export const keptParts = (rows: DeviceRows): KeptParts => ({
  all: async () => new Map([...(await rows.read(CATEGORY))].map(([id, row]) => [id, decode(row) as Uint8Array])),
  put: (id, announcement) => rows.write([{ category: CATEGORY, id, value: encode(announcement) }]),
  delete: (id) => rows.write([{ category: CATEGORY, id, value: null }])
})
