/** `npm run bench <name>`: measurements of the whole gateway, to run by hand on an idle machine. None of them is a test. */
import { isBuildCurrent } from "../launch.js"
import { buildGateway } from "../scripts/build-gateway.ts"
import * as dashboard from "./dashboard.ts"
import * as log from "./log.ts"
import * as memory from "./memory.ts"
import * as overload from "./overload.ts"
import * as send from "./send.ts"
import * as soak from "./soak.ts"
import * as stream from "./stream.ts"
import * as verify from "./verify.ts"
import * as webhook from "./webhook.ts"

export interface Bench {
  /** One line of the list. */
  readonly summary: string
  readonly help: string
  readonly run: (args: readonly string[]) => Promise<void>
}

const benches: Readonly<Record<string, Bench>> = {
  dashboard,
  log,
  memory,
  overload,
  send,
  soak,
  stream,
  verify,
  webhook
}

const overview = `npm run bench <name>

${Object.entries(benches)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join("\n")}

Each explains itself: npm run bench -- <name> --help
`

const [name, ...args] = process.argv.slice(2)
const bench = name !== undefined && Object.hasOwn(benches, name) ? benches[name] : undefined
if (!bench) {
  process.stdout.write(overview)
  process.exitCode = name === undefined || name === "--help" ? 0 : 1
} else if (args.includes("--help")) process.stdout.write(bench.help)
else {
  // Otherwise a process of the gateway would run its sources, which take more memory and time.
  if (!isBuildCurrent()) await buildGateway()
  await bench.run(args)
}
