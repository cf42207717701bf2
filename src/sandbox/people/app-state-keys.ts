/** The keys of app state, and the codes that authenticate a patch (chat-utils.js generateSnapshotMac, generatePatchMac). */
import { hkdf, hmacSign, type LTHashState, type proto } from "@whiskeysockets/baileys"

/** Keys that an app state key expands to. */
export interface AppStateKeys {
  readonly index: Buffer
  readonly snapshot: Buffer
  readonly patch: Buffer
}

const VALUE_CODE_BYTES = 32

/** As WhatsApp expands an app state key: index, value encryption, value code, snapshot code, patch code. */
export function keysOf(data: Uint8Array): AppStateKeys {
  const all = Buffer.from(hkdf(data, 160, { info: "WhatsApp Mutation Keys" }))
  return { index: all.subarray(0, 32), snapshot: all.subarray(96, 128), patch: all.subarray(128, 160) }
}

/** The name under which a collection knows a value: the code of its index. */
export function indexCode(index: string, keys: AppStateKeys): string {
  return hmacSign(Buffer.from(index), keys.index).toString("base64")
}

/** The code of a collection as it is after a patch. */
export function snapshotCode(name: string, { hash, version }: LTHashState, keys: AppStateKeys): Buffer {
  return hmacSign(Buffer.concat([hash, counter(version), Buffer.from(name)]), keys.snapshot)
}

/** The code of a patch. */
export function patchCode(
  name: string,
  version: number,
  snapshot: Uint8Array,
  mutations: readonly proto.ISyncdMutation[],
  keys: AppStateKeys
): Buffer {
  const values = mutations.map(({ record }) => (record?.value?.blob ?? Buffer.alloc(0)).subarray(-VALUE_CODE_BYTES))
  return hmacSign(Buffer.concat([snapshot, ...values, counter(version), Buffer.from(name)]), keys.patch)
}

function counter(version: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(version, 4)
  return bytes
}
