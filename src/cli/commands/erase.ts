/** `bitacora erase`: permanently erases content from the store. If a gateway runs on the store, the gateway does it. */
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { readSettings, type Settings } from "../../config.ts"
import { DirectoryInUse } from "../../store/data-directory.ts"
import { Erasure } from "../../store/erasure/erasure.ts"
import { isNumber } from "../../whatsapp/number.ts"
import { askGateway } from "../ask-gateway.ts"
import { UsageProblem } from "../failure.ts"
import { withWritableStore } from "../open-store.ts"
import { progressLine } from "../progress-line.ts"

export const help = `bitacora erase --contact <number> [--reason <text>]

Erases everything that this contact took part in, on all devices: the chat with the contact, and in groups the contact's messages and
receipts. It deletes payloads and salts, rows of read models and idempotency keys, files that no other message refers to, and freed
pages. The log records the erasure, the operator and the reason, which must not name the contact. Both chains stay valid. It cannot
be undone.
To erase one message: DELETE /v1/messages/<id>/content. What stays, and why: docs/AUDIT.md.

Works on the store in DATA_DIR. If a gateway runs on it, the command asks the gateway at HOST and PORT, with the operator's key.
`

export const run = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: { contact: { type: "string" }, reason: { type: "string" } }
  })
  const { contact, reason = null } = values
  if (contact === undefined) throw new UsageProblem(help)
  if (!isNumber(contact)) throw new UsageProblem("--contact: must be 8 to 15 digits with country code, without plus")
  const settings = await Effect.runPromise(readSettings(process.env))
  process.stdout.write(`${JSON.stringify(await erase(settings, contact, reason))}\n`)
}

const erase = async (settings: Settings, contact: string, reason: string | null): Promise<unknown> => {
  const origin = { who: "operator", commandId: null, causation: null, correlation: null }
  const line = progressLine()
  const progress = (erased: number) => line.show(`erased ${erased}`)
  const work = Effect.flatMap(Erasure, (erasure) => erasure.contact(contact, { reason, origin, progress }))
  try {
    const erased = await withWritableStore(settings, work.pipe(Effect.provide(Erasure.layer)))
    return { erased: erased.events, underWay: erased.underWay }
  } catch (failure) {
    if (!(failure instanceof DirectoryInUse)) throw failure
    const query = reason === null ? "" : `?${new URLSearchParams({ reason }).toString()}`
    return askGateway(settings, { method: "DELETE", path: `/v1/contacts/${contact}/content${query}` })
  } finally {
    line.end()
  }
}
