/** `bitacora doctor`: checks everything that a gateway depends on, and says what to do. Changes nothing. */
import { parseArgs } from "node:util"
import { Effect, Result } from "effect"
import { readSettings, type Settings } from "../../config.ts"
import { checkDataDirectory } from "../checks/data-directory.ts"
import { checkDatabase } from "../checks/database.ts"
import { type Finding, fail, ok, warn } from "../checks/finding.ts"
import { checkListening } from "../checks/listening.ts"
import { checkWhatsApp } from "../checks/whatsapp.ts"
import { isBuilt } from "../../installation.ts"
import { UsageProblem } from "../failure.ts"

export const help = `bitacora doctor [--json]

Checks Node and the build, settings, HOST and PORT, data directory and disk, database (reachable, rights, durability, schema, clock, key) and WhatsApp's
address. Prints a line for each: ok, warn or fail, and what to do. Exit code 1 if something fails. Works while a gateway runs.
`

const NODE_MIN = 24

export const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } }
  })
  if (positionals.length > 0) throw new UsageProblem(help)
  const findings = await examine()
  const isWell = findings.every(({ status }) => status !== "fail")
  const text = values.json
    ? JSON.stringify({ ok: isWell, findings })
    : findings.map(lineOf).join("\n") + (isWell ? "" : "\n\nThe gateway will not work like this.")
  process.stdout.write(`${text}\n`)
  if (!isWell) process.exitCode = 1
}

const examine = async (): Promise<readonly Finding[]> => {
  const program = [checkNode(), checkBuild()]
  const settings = await Effect.runPromise(Effect.result(readSettings(process.env)))
  if (Result.isFailure(settings)) {
    const advice = 'README.md, "Settings"'
    return [...program, ...settings.failure.problems.map((problem) => fail("settings", problem, advice))]
  }
  const { success } = settings
  const [listening, database, whatsapp] = await Promise.all([
    checkListening(success),
    checkDatabase(success),
    checkWhatsApp(success.network)
  ])
  return [
    ...program,
    ok("settings", "all settings are valid"),
    ...checkProxies(success),
    listening,
    ...checkDataDirectory(success.dataDirectory),
    ...database,
    whatsapp
  ]
}

const checkNode = (): Finding => {
  const { node } = process.versions
  return Number(node.split(".")[0]) >= NODE_MIN
    ? ok("Node", node)
    : fail(
        "Node",
        `${node} is too old`,
        `npm ci installs Node ${NODE_MIN}; start with npm, or put node_modules/.bin first in PATH`
      )
}

const checkBuild = (): Finding =>
  isBuilt
    ? ok("build", "the gateway runs from its build")
    : warn(
        "build",
        "the gateway runs from its sources, starts more slowly and takes more memory",
        "npm ci, without --omit=dev, builds it; after a change of the sources, npm run build"
      )

const checkProxies = ({ trustProxy }: Settings): readonly Finding[] => {
  const text = "TRUST_PROXY is true: a client can fake its address and evade the login limit"
  return trustProxy === true
    ? [
        warn(
          "settings",
          text,
          "set the number of proxies, or their addresses; or make sure that the proxy overwrites X-Forwarded-For"
        )
      ]
    : []
}

const lineOf = ({ status, check, text, advice }: Finding): string =>
  `${status.padEnd(4)}  ${check}: ${text}${advice === undefined ? "" : `\n      → ${advice}`}`
