/**
 * How far the account's app state was taken in (archived chats, names of contacts…). Baileys stores that before it raises what is new.
 * If the process ends in between, WhatsApp does not tell it again. So a version is held in memory until all that it brought is recorded.
 */
import type { AuthenticationState, SignalDataTypeMap } from "@whiskeysockets/baileys"
import type { DeviceRows } from "./device-rows.ts"
import { decode, encode } from "./row-encoding.ts"

type Keys = AuthenticationState["keys"]
type Version = SignalDataTypeMap[typeof TYPE]

const TYPE = "app-state-sync-version"
/** Not where Baileys itself would have them: what it took in before is not in the log. */
const CATEGORY = "app-state-recorded"

export class HeldVersions {
  readonly #rows: DeviceRows
  readonly #held = new Map<string, Version>()
  /** Collections that were read from their beginning. */
  readonly #fresh = new Set<string>()
  /** Called when there is a new version to store. */
  changed: () => void = () => {}

  constructor(rows: DeviceRows) {
    this.#rows = rows
  }

  /** The keys that Baileys is given: the versions among them are held, and asked for here each time that it takes them in. */
  keysOn(keys: Keys): Keys {
    return {
      get: async (type, ids) =>
        type === TYPE
          ? ((await this.#read(ids)) as Awaited<ReturnType<typeof keys.get<typeof type>>>)
          : keys.get(type, ids),
      set: async (data) => {
        const { [TYPE]: versions, ...others } = data
        if (Object.keys(others).length > 0) await keys.set(others)
        for (const [id, version] of Object.entries(versions ?? {})) if (version) this.#held.set(id, version)
        if (versions) this.changed()
      }
    }
  }

  /** Whether the collection was read as a whole: it then tells of everything that ever happened in it. */
  isFresh(collection: string): boolean {
    return this.#fresh.has(collection)
  }

  /** What is held now: to be stored when all that it brought is recorded. */
  get held(): ReadonlyMap<string, Version> {
    return new Map(this.#held)
  }

  /** Tries to store versions; one that was replaced meanwhile, or cannot be stored, is held on. */
  async store(versions: ReadonlyMap<string, Version>): Promise<void> {
    const current = [...versions].filter(([id, version]) => this.#held.get(id) === version)
    if (current.length === 0) return
    await this.#rows.tryToWrite(current.map(([id, version]) => ({ category: CATEGORY, id, value: encode(version) })))
    for (const [id, version] of current) if (this.#held.get(id) === version) this.#held.delete(id)
  }

  async #read(ids: readonly string[]): Promise<{ [id: string]: Version }> {
    const rows = await this.#rows.read(CATEGORY, ids)
    const versions: { [id: string]: Version } = {}
    for (const id of ids) {
      const row = rows.get(id)
      const version = this.#held.get(id) ?? (row && (decode(row) as Version))
      if (version) {
        versions[id] = version
        this.#fresh.delete(id)
      } else this.#fresh.add(id)
    }
    return versions
  }
}
