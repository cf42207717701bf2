/** Rebuilds read models from the log when the code that writes them has changed. Keeps LOG-5. */
import { readEvent } from "../../events/catalog.ts"
import type { Dialect } from "../dialect/dialect.ts"
import { readAll } from "../log/event-log-queries.ts"
import { readLogStart, readStreamStarts } from "../log/log-start.ts"
import { deleteFrom, insertInto, type Projection } from "./projection.ts"
import { projections } from "./registry.ts"

const PAGE = 1_000

/**
 * Rebuilds all projections with a new version in one pass over the log. Runs before anything else writes. Calls `progress` after each
 * page. A crash in between leaves no version number, so the next start begins again. Returns the names of the rebuilt projections.
 */
export const rebuildChanged = async (
  dialect: Dialect,
  progress: (name: string, position: number, end: number) => void
): Promise<readonly string[]> => {
  const known = new Map(
    (await dialect.reader.selectFrom("projection").selectAll().execute()).map((row) => [row.name, row.version])
  )
  const changed = projections.filter(({ name, version }) => known.get(name) !== version)
  if (changed.length === 0) return []
  const unknown = changed.map(({ name }) => deleteFrom("projection", { name }))
  await dialect.writer.transaction((tx) => tx.run(unknown))
  for (const table of changed.flatMap(({ tables }): readonly string[] => tables)) await dialect.empty(table)
  await begin(dialect, changed)
  await replay(dialect, changed, progress)
  const done = changed.map(({ name, version }) => insertInto("projection", { name, version }))
  await dialect.writer.transaction((tx) => tx.run(done))
  return changed.map(({ name }) => name)
}

/** Writes the rows of the trimmed part of the log. */
const begin = async (dialect: Dialect, changed: readonly Projection[]): Promise<void> => {
  for (let after = ""; ; ) {
    const page = await readStreamStarts(dialect.reader, after, PAGE)
    const statements = page.flatMap((stream) =>
      stream.state === null ? [] : changed.flatMap((projection) => projection.begin(stream, stream.state ?? ""))
    )
    await dialect.writer.transaction((tx) => tx.run(statements))
    after = page.at(-1)?.stream ?? after
    if (page.length < PAGE) return
  }
}

const replay = async (
  dialect: Dialect,
  changed: readonly Projection[],
  progress: (name: string, position: number, end: number) => void
): Promise<void> => {
  const names = changed.map(({ name }) => name).join(", ")
  const { position: end } = await dialect.reader.selectFrom("log_head").select("position").executeTakeFirstOrThrow()
  const start = await readLogStart(dialect.reader)
  for (let after = start.position; after < end; ) {
    const page = await readAll(dialect.reader, { after, upTo: end, limit: PAGE })
    const statements = page.flatMap((event) => {
      const read = readEvent(event)
      return read === null ? [] : changed.flatMap((projection) => projection.project(event, read.data))
    })
    await dialect.writer.transaction((tx) => tx.run(statements))
    after = page.at(-1)?.position ?? end
    progress(names, after, end)
  }
}
