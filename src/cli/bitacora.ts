/** `npm run bitacora -- <command>`: the command line of operators and auditors. */
import * as replay from "./commands/replay.ts"
import { loadEnvFile } from "./env-file.ts"
import { fail, UsageProblem } from "./failure.ts"

interface Command {
  /** One line for the list of commands. */
  readonly summary: string
  readonly help: string
  readonly run: (args: readonly string[]) => Promise<void>
}

const commands: Readonly<Record<string, Command>> = { replay }

const overview = `npm run bitacora -- <command>

${Object.values(commands)
  .map(({ summary }) => `  ${summary}`)
  .join("\n")}

Each command explains itself with --help. Settings are the gateway's: README.md.
`

const main = async (): Promise<void> => {
  loadEnvFile()
  const [name, ...args] = process.argv.slice(2)
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview)
    return
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new UsageProblem(`there is no command ${name}\n\n${overview}`)
  if (args.includes("--help") || args.includes("-h")) process.stdout.write(command.help)
  else await command.run(args)
}

main().catch((failure: unknown) => {
  // node:util's parseArgs explains a wrong option in its message.
  const isUsage = (failure as { code?: string }).code?.startsWith("ERR_PARSE_ARGS")
  fail(isUsage ? new UsageProblem((failure as Error).message) : failure)
})
