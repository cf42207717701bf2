/** `npm run bitacora -- <command>`: the command line for operators and auditors. */
import { loadEnvFile } from "./env-file.ts"
import { fail, UsageProblem } from "./failure.ts"
import { endWithOutput } from "./output-end.ts"

interface Command {
  readonly help: string
  readonly run: (args: readonly string[]) => Promise<void>
}

/** Each command is loaded only when it is called. The summary is its line in the overview. */
const commands: Readonly<Record<string, readonly [summary: string, load: () => Promise<Command>]>> = {
  replay: [
    "replay <device>         show a device's transitions and state, now or at any point",
    () => import("./commands/replay.ts")
  ],
  audit: [
    "audit verify|head|key   verify that the log was not changed; sign heads to keep elsewhere",
    () => import("./commands/audit.ts")
  ],
  export: [
    "export                  write events as NDJSON or CSV, by device, type and time",
    () => import("./commands/export.ts")
  ],
  backup: [
    "backup <folder>         copy the store, also while a gateway runs; a gateway can start from it",
    () => import("./commands/backup.ts")
  ],
  doctor: [
    "doctor                  check settings, database, disk, clock and WhatsApp, and say what to do",
    () => import("./commands/doctor.ts")
  ],
  trim: [
    "trim --before <point>   drop the beginning of the log and sign where it then begins",
    () => import("./commands/trim.ts")
  ],
  clock: [
    "clock [correct]         compare the log's time with the clock; come back from a clock that was ahead",
    () => import("./commands/clock.ts")
  ],
  subscriptions: [
    "subscriptions           list the named followers of the log and how far each has read",
    () => import("./commands/subscriptions.ts")
  ],
  erase: [
    "erase --contact <n>     permanently erase everything a contact took part in",
    () => import("./commands/erase.ts")
  ],
  user: [
    "user password <number>  set a new password for a user who has forgotten it",
    () => import("./commands/user.ts")
  ]
}

const overview = `npm run bitacora -- <command>

${Object.values(commands)
  .map(([summary]) => `  ${summary}`)
  .join("\n")}

Add --help to a command for its options. The settings are the gateway's: README.md.
`

const main = async (): Promise<void> => {
  endWithOutput()
  // Files that a command creates in the data directory are for their owner only.
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
  // The message of node:util's parseArgs explains a wrong option.
  const isUsage = (failure as { code?: string }).code?.startsWith("ERR_PARSE_ARGS")
  fail(isUsage ? new UsageProblem((failure as Error).message) : failure)
})
