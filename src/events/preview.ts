/** What a list of chats shows of a message: the beginning of its summary. */
import type { IncomingContent, OutgoingContent } from "./content.ts"
import { summaryOf } from "./summary.ts"

/** Characters. */
const PREVIEW_MAX = 100

export const previewOf = (content: OutgoingContent | IncomingContent): string =>
  summaryOf(content).slice(0, PREVIEW_MAX).toWellFormed()
