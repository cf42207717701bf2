/** The text of docs/EVENTS.md. */
import { Schema } from "effect"
import { accessEvents } from "../src/events/access.ts"
import type { EventDefinition } from "../src/events/definition.ts"
import { deviceEvents } from "../src/events/device.ts"
import { erasureEvents } from "../src/events/erasure.ts"
import { messageEvents } from "../src/events/message.ts"
import { rosterEvents } from "../src/events/roster.ts"

const streams: readonly (readonly [string, string, readonly EventDefinition[]])[] = [
  ["device/<id>", "What happens to a device. Each event leads from a state to a state.", deviceEvents],
  ["messages/<id>", "What happens to a device's messages.", messageEvents],
  ["roster/<id>", "What the device's account knows of contacts, chats, groups, labels and calls.", rosterEvents],
  ["user/<id>", "Who may use the gateway.", accessEvents],
  ["erasures/<id>` and `retention", "What was taken out of the log, and why.", erasureEvents]
]

export const eventsDocument = (): string => `# Events

Generated from \`src/events\` by \`npm run docs\`. The same type stands in the log, in the device machine, on the WebSocket and here.
Every event has \`position\` (global, without gaps), \`stream\`, \`version\` (within the stream), \`device\`, \`type\`, \`from\`, \`to\`, \`who\`,
\`commandId\`, \`correlation\`, \`recordedAt\`, \`hash\` and \`data\`. Times inside data are epoch milliseconds; a \`?\` marks a field that may be absent.

${streams.map(section).join("\n")}`

const section = ([stream, about, definitions]: (typeof streams)[number]): string => `## \`${stream}\`

${about}

| type | when | data |
|---|---|---|
${definitions.map(({ type, doc, data }) => `| \`${type}\` | ${doc} | ${fieldsOf(data)} |`).join("\n")}
`

const fieldsOf = (data: Schema.Top): string => {
  const { schema } = Schema.toJsonSchemaDocument(data) as unknown as {
    schema: { properties?: Record<string, unknown>; required?: readonly string[] }
  }
  const names = Object.keys(schema.properties ?? {})
  if (names.length === 0) return "–"
  return names.map((name) => `\`${name}${schema.required?.includes(name) ? "" : "?"}\``).join(", ")
}
