/** All formats. A new one needs its file, its name in src/events/webhook.ts, and a line here. */
import type { WebhookFormat } from "../../events/webhook.ts"
import { bitacora } from "./bitacora.ts"
import type { Format } from "./format.ts"
import { multiSession } from "./multi-session.ts"
import { wwebjs } from "./wwebjs.ts"

export const formats: Readonly<Record<WebhookFormat, Format>> = { bitacora, "multi-session": multiSession, wwebjs }
