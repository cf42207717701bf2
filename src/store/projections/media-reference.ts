/** The table `media_reference`: which events refer to which file of the media folder. A file is deleted with its last reference. */
import { fileNamesOf, type IncomingContent, type OutgoingContent } from "../../events/content.ts"
import type { MessageEvent } from "../../events/message.ts"
import { defineProjection, deleteFrom, insertInto } from "./projection.ts"

export const mediaReferenceProjection = defineProjection({
  name: "media_reference",
  version: 2,
  tables: ["media_reference"],
  erases: ["message.queued", "message.received", "message.resent", "message.edited", "history.synced"],
  retains: [],
  begin: () => [],
  project: ({ type, position }, data) =>
    filesOf({ type, data }).map((file_name) => insertInto("media_reference", { file_name, position })),
  forget: ({ type, position }, data) =>
    filesOf({ type, data }).length > 0 ? [deleteFrom("media_reference", { position })] : []
})

/** The names in the media folder of an event's files, whether or not they were fetched. */
export const filesOf = (event: { readonly type: string; readonly data: unknown }): readonly string[] => {
  const { type, data } = event as MessageEvent
  switch (type) {
    case "message.queued":
    case "message.received":
    case "message.resent":
    case "message.edited":
      return named([data.content])
    case "history.synced":
      return named(data.messages.map(({ content }) => content))
    default:
      return []
  }
}

const named = (contents: readonly (OutgoingContent | IncomingContent)[]): readonly string[] => [
  ...new Set(contents.flatMap(fileNamesOf))
]
