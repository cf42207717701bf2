/** `npm run bitacora -- <command>`: the command line of operators and auditors. */
import { loadEnvFile } from "./env-file.ts"
import { fail, UsageProblem } from "./failure.ts"
import { endWithOutput } from "./output-end.ts"

interface Command {
  readonly help: string
  readonly run: (args: readonly string[]) => Promise<void>
}

/** Each loaded only when it is called: a line for the list, and where it is. */
const commands: Readonly<Record<string, readonly [summary: string, load: () => Promise<Command>]>> = {
  replay: [
    "replay <device>         its transitions and its state, --at any point; --follow, --diff",
    () => import("./commands/replay.ts")
  ],
  audit: [
    "audit verify|head|key   whether anybody changed the log; signed heads to keep elsewhere",
    () => import("./commands/audit.ts")
  ],
  export: [
    "export                  events as NDJSON or CSV, by device, type and time",
    () => import("./commands/export.ts")
  ],
  backup: [
    "backup <folder>         a copy of the store that a gateway can be started from, also while one runs",
    () => import("./commands/backup.ts")
  ],
  doctor: [
    "doctor                  settings, database, disk, clock, WhatsApp: what is wrong, and what to do",
    () => import("./commands/doctor.ts")
  ],
  trim: [
    "trim --before <point>   drops the beginning of the log, at a signed place",
    () => import("./commands/trim.ts")
  ],
  subscriptions: [
    "subscriptions           named followers of the log, and how far each has read",
    () => import("./commands/subscriptions.ts")
  ],
  erase: [
    "erase --contact <n>     all that a contact said, for good; the log stays valid",
    () => import("./commands/erase.ts")
  ],
  user: ["user password <number>  a new password for a user who has forgotten it", () => import("./commands/user.ts")]
}

const overview = `npm run bitacora -- <command>

${Object.values(commands)
  .map(([summary]) => `  ${summary}`)
  .join("\n")}

Each command explains itself with --help. Settings are the gateway's: README.md.
`

const main = async (): Promise<void> => {
  endWithOutput()
  // What a command makes in the data directory is nobody else's to read.
  process.umask(0o077)
  loadEnvFile()
  const [name, ...args] = process.argv.slice(2)
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview)
    return
  }
  const [, load] = (Object.hasOwn(commands, name) && commands[name]) || []
  if (!load) throw new UsageProblem(`there is no command ${name}\n\n${overview}`)
  const command = await load()
  if (args.includes("--help") || args.includes("-h")) process.stdout.write(command.help)
  else await command.run(args)
}

main().catch((failure: unknown) => {
  // node:util's parseArgs explains a wrong option in its message.
  const isUsage = (failure as { code?: string }).code?.startsWith("ERR_PARSE_ARGS")
  fail(isUsage ? new UsageProblem((failure as Error).message) : failure)
})
