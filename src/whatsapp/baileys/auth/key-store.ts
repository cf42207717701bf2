/** Signal keys, app-state keys and LID mappings, as Baileys reads and writes them. */
import { type AuthenticationState, proto, type SignalDataSet, type SignalDataTypeMap } from "@whiskeysockets/baileys"
import type { AuthWrite } from "../../../store/auth-state.ts"
import type { DeviceRows } from "./device-rows.ts"
import { decode, encode } from "./row-encoding.ts"

/** A call of `set` is one durable unit, because Baileys puts everything that one message changed into one call. */
export const keyStore = (rows: DeviceRows): AuthenticationState["keys"] => ({
  get: async (type, ids) => {
    const found: { [id: string]: SignalDataTypeMap[typeof type] } = {}
    for (const [id, row] of await rows.read(type, ids)) {
      found[id] = revive(type, decode(row)) as SignalDataTypeMap[typeof type]
    }
    return found
  },
  set: (data: SignalDataSet) => rows.write(writesOf(data))
})

const writesOf = (data: SignalDataSet): readonly AuthWrite[] =>
  Object.entries(data).flatMap(([category, values]) =>
    Object.entries(values ?? {}).map(([id, value]) => ({
      category,
      id,
      value: value === null || value === undefined ? null : encode(value)
    }))
  )

/** App-state keys are protobuf messages. As plain objects they make Baileys sync without end (evolution PR#2685). */
const revive = (type: keyof SignalDataTypeMap, value: unknown): unknown =>
  type === "app-state-sync-key" ? proto.Message.AppStateSyncKeyData.fromObject(value as object) : value
