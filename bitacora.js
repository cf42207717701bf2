/** `node bitacora.js <command>`: the command line for operators and auditors. */
import { launch } from "./launch.js"

await launch("cli/bitacora")
