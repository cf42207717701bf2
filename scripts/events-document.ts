/** The text of docs/EVENTS.md. */
import { Schema } from "effect"
import { accessEvents } from "../src/events/access.ts"
import { clockEvents } from "../src/events/clock.ts"
import { IncomingContent } from "../src/events/content.ts"
import { MessageContext } from "../src/events/context.ts"
import type { EventDefinition } from "../src/events/definition.ts"
import { deviceEvents } from "../src/events/device.ts"
import { erasureEvents } from "../src/events/erasure.ts"
import { messageEvents } from "../src/events/message.ts"
import { rosterEvents } from "../src/events/roster.ts"
import { webhookEvents } from "../src/events/webhook.ts"

const streams: readonly (readonly [string, string, readonly EventDefinition[]])[] = [
  ["device/<id>", "The life of a device. Each event leads from one state to another or the same.", deviceEvents],
  ["messages/<id>", "The messages of a device: sent, received, edited, acknowledged.", messageEvents],
  ["roster/<id>", "What the device's account knows of contacts, chats, groups, labels and calls.", rosterEvents],
  [
    "user/<id>` and `operator",
    "Accounts, logins and tokens: a user's in `user/<id>`, the operator's tokens in `operator`.",
    accessEvents
  ],
  ["erasures/<id>` and `retention", "What was erased from the log, and why.", erasureEvents],
  ["webhook/<id>", "Webhook endpoints: who set them up, and what became of them.", webhookEvents],
  ["clock", "Corrections of the clock.", clockEvents]
]

export const eventsDocument = (): string => `# Events

\`npm run docs\` generates this file from \`src/events\`. The log, the device machine, the WebSocket and the API use the same event types.

Every event has \`position\` (in the whole log, without gaps), \`stream\`, \`version\` (within the stream), \`device\`, \`type\`, \`from\`, \`to\`, \`who\`,
\`commandId\`, \`correlation\`, \`recordedAt\`, \`hash\` and \`data\`. Times in \`data\` are epoch milliseconds. A \`?\` marks a field that may be absent.

${streams.map(section).join("\n")}
## \`content\` and \`context\`

What a message says, by its \`kind\`. A file that was received has \`remote\`, where WhatsApp keeps it; \`message.queued\` has \`media\`, the file that is kept here.

| kind | fields |
|---|---|
${kindsOf(IncomingContent)}

Beside it, where there is any: ${fieldsOf(MessageContext)}.
`

const section = ([stream, about, definitions]: (typeof streams)[number]): string => `## \`${stream}\`

${about}

| type | when | data |
|---|---|---|
${definitions.map(({ type, doc, data }) => `| \`${type}\` | ${doc} | ${fieldsOf(data)} |`).join("\n")}
`

interface KindSchema {
  readonly properties?: { readonly kind?: { readonly enum?: readonly string[] } }
}

const kindsOf = (content: Schema.Top): string => {
  const { schema } = Schema.toJsonSchemaDocument(content) as unknown as { schema: { anyOf?: readonly KindSchema[] } }
  const rows = (schema.anyOf ?? []).map((kind, index) => {
    const names = kind.properties?.kind?.enum?.map((name) => `\`${name}\``).join(", ") ?? ""
    const fields = fieldsOf((content as Schema.Union<readonly Schema.Top[]>).members[index] ?? content)
    return `| ${names} | ${fields.replace(/`kind`(, )?/, "") || "–"} |`
  })
  return rows.join("\n")
}

const fieldsOf = (data: Schema.Top): string => {
  const { schema } = Schema.toJsonSchemaDocument(data) as unknown as {
    schema: { properties?: Record<string, unknown>; required?: readonly string[] }
  }
  const names = Object.keys(schema.properties ?? {})
  if (names.length === 0) return "–"
  return names.map((name) => `\`${name}${schema.required?.includes(name) ? "" : "?"}\``).join(", ")
}
