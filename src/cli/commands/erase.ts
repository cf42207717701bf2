/** `bitacora erase`: erases content from the store for good. If a gateway runs on the store, it asks the gateway. */
import { once } from "node:events"
import { type IncomingMessage, request } from "node:http"
import { join } from "node:path"
import { json } from "node:stream/consumers"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { readSettings, type Settings } from "../../config.ts"
import { httpUrl } from "../../host.ts"
import { OPERATOR_KEY_FILE } from "../../application/operator-key.ts"
import { DirectoryInUse } from "../../store/data-directory.ts"
import { Erasure } from "../../store/erasure/erasure.ts"
import { readKeyFile } from "../../store/secrets/key-file.ts"
import { isNumber } from "../../whatsapp/number.ts"
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
    return askGateway(settings, contact, reason)
  } finally {
    line.end()
  }
}

const askGateway = async (settings: Settings, contact: string, reason: string | null): Promise<unknown> => {
  const file = join(settings.dataDirectory, OPERATOR_KEY_FILE)
  const key = settings.apiKey ?? readKeyFile(file)
  if (key === undefined) {
    throw new UsageProblem(
      `a gateway runs on this store, and ${file} does not exist; set API_KEY to the gateway's value`
    )
  }
  const query = reason === null ? "" : `?${new URLSearchParams({ reason }).toString()}`
  const gateway = httpUrl(settings.host, settings.port)
  let answer: Answer
  try {
    answer = await deleted(`${gateway}/v1/contacts/${contact}/content${query}`, key)
  } catch {
    throw new UsageProblem(
      `a gateway runs on this store, but does not respond at ${gateway}; set HOST and PORT to the gateway's values`
    )
  }
  const { status, body } = answer
  if (status !== 200) throw new UsageProblem(`the gateway refused: ${body.detail ?? status}`)
  return body
}

interface Answer {
  readonly status: number | undefined
  readonly body: { readonly detail?: string }
}

/** Rejects without a complete response. `fetch` would time out after five minutes, and a large erasure takes longer. */
const deleted = async (url: string, key: string): Promise<Answer> => {
  const asking = request(url, { method: "DELETE", headers: { "x-api-key": key } }).end()
  const [response] = (await once(asking, "response")) as [IncomingMessage]
  return { status: response.statusCode, body: (await json(response)) as Answer["body"] }
}
