/** `bitacora user`: sets a forgotten password. If a gateway runs on the store, the gateway sets it. */
import { parseArgs } from "node:util"
import { Effect, Layer } from "effect"
import { setPassword } from "../../application/accounts.ts"
import { readSettings, type Settings } from "../../config.ts"
import { Accounts } from "../../store/accounts.ts"
import { DirectoryInUse } from "../../store/data-directory.ts"
import { Tokens } from "../../store/tokens.ts"
import { isNumber } from "../../whatsapp/number.ts"
import { askGateway } from "../ask-gateway.ts"
import { UsageProblem } from "../failure.ts"
import { withWritableStore } from "../open-store.ts"
import { readSecret } from "../read-secret.ts"

export const help = `bitacora user password <number>

Sets a new password for the account of this telephone number and ends all tokens of the account. The command asks for the password;
in a script, write it to standard input: printf %s "$PASSWORD" | npm run bitacora -- user password 51999999999

Works on the store in DATA_DIR. If a gateway runs on it, the command asks the gateway at HOST and PORT, with the operator's key.
`

export const run = async (args: readonly string[]): Promise<void> => {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
  const [what, number, ...more] = positionals
  if (what !== "password" || number === undefined || more.length > 0) throw new UsageProblem(help)
  if (!isNumber(number)) throw new UsageProblem(`${number}: must be 8 to 15 digits with country code, without plus`)
  const settings = await Effect.runPromise(readSettings(process.env))
  await change(settings, number, await readSecret("new password"))
  process.stdout.write(`the password of ${number} was set; all tokens of the account have ended\n`)
}

const change = async (settings: Settings, number: string, password: string): Promise<void> => {
  const origin = { who: "operator", commandId: null, causation: null, correlation: null }
  const work = setPassword(number, password, origin).pipe(Effect.provide(Layer.merge(Accounts.layer, Tokens.layer)))
  try {
    await withWritableStore(settings, work)
  } catch (failure) {
    if (!(failure instanceof DirectoryInUse)) throw failure
    await askGateway(settings, { method: "PUT", path: `/v1/users/${number}/password`, body: { password } })
  }
}
