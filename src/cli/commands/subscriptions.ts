/** `bitacora subscriptions`: lists the named followers of the log with how far each has read, and removes one that is no longer used. */
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { readSettings } from "../../config.ts"
import { DirectoryInUse } from "../../store/data-directory.ts"
import { subscriptionStates } from "../../store/subscriptions/checkpoint.ts"
import { Subscriptions } from "../../store/subscriptions/subscriptions.ts"
import { UsageProblem } from "../failure.ts"
import { withStore, withWritableStore } from "../open-store.ts"
import { renderTable } from "../table.ts"

export const help = `bitacora subscriptions [--json] [--remove <name>]

Lists the subscriptions: the position up to which each has done its work, how many positions it is behind the end of the log, and when
it last moved. Trimming waits for the one that is farthest behind.

--remove deletes a subscription that is no longer used, so that trimming does not wait for it. One that the gateway uses is created
again, by its own rule, when the gateway starts. --remove works while no gateway runs on the store; the list works at any time.
`

export const run = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: "boolean", default: false }, remove: { type: "string" } }
  })
  if (values.remove !== undefined) return remove(values.remove)
  const states = await withStore(subscriptionStates)
  if (values.json) return say(JSON.stringify(states))
  if (states.length === 0) return say("there are no subscriptions")
  const rows = states.map(({ name, position, lag, advancedAt }) => [
    name,
    String(position),
    String(lag),
    new Date(advancedAt).toISOString()
  ])
  say(renderTable(["name", "position", "behind", "last moved"], rows))
}

const remove = async (name: string): Promise<void> => {
  const settings = await Effect.runPromise(readSettings(process.env))
  const work = Effect.flatMap(Subscriptions, (subscriptions) => subscriptions.remove(name))
  try {
    const wasThere = await withWritableStore(settings, work.pipe(Effect.provide(Subscriptions.layer)))
    if (!wasThere) throw new UsageProblem(`there is no subscription ${name}`)
    say(`the subscription ${name} was removed`)
  } catch (failure) {
    if (!(failure instanceof DirectoryInUse)) throw failure
    throw new UsageProblem("a gateway runs on this store; stop it first")
  }
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)
