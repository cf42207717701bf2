/** `node main.js`: starts the gateway, under the name that existing installations use. */
import { launch } from "./launch.js"

await launch("main")
