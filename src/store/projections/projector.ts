/** All inline projections: run for each event as it is appended, and from the log again when one of them changed. */
import type { Kysely } from "kysely"
import { readEvent } from "../../events/catalog.ts"
import type { AppendedEvent } from "../log/chain-events.ts"
import type { Dialect, Statement } from "../dialect/dialect.ts"
import { readAll } from "../log/event-log-queries.ts"
import { readLogStart, readStreamStarts } from "../log/log-start.ts"
import { deviceProjection } from "./device.ts"
import { messageProjection } from "./message.ts"
import type { Projection } from "./projection.ts"
import type { Tables } from "../tables.ts"

export const projections: readonly Projection[] = [deviceProjection, messageProjection]

export const projectInline = (event: AppendedEvent): readonly Statement[] =>
  projections.flatMap((projection) => projection.project(event, event.data))

const PAGE = 1_000

/**
 * Builds again what another version of the code left behind. Runs before anything else writes; `progress` is told after each
 * page how far it came. A crash in between leaves the old version number, so that the next start begins again.
 */
export const rebuildChanged = async (
  dialect: Dialect,
  progress: (name: string, position: number, end: number) => void
): Promise<readonly string[]> => {
  const known = new Map(
    (await dialect.reader.selectFrom("projection").selectAll().execute()).map((row) => [row.name, row.version])
  )
  const changed = projections.filter((projection) => known.get(projection.name) !== projection.version)
  for (const projection of changed) {
    await dialect.writer.transaction((tx) =>
      tx.run([
        { sql: "DELETE FROM projection WHERE name = ?", parameters: [projection.name] },
        ...projection.tables.map((table) => ({ sql: `DELETE FROM ${table}`, parameters: [] }))
      ])
    )
    await replay(dialect, projection, progress)
    await dialect.writer.transaction((tx) =>
      tx.run([
        {
          sql: "INSERT INTO projection (name, version) VALUES (?, ?)",
          parameters: [projection.name, projection.version]
        }
      ])
    )
  }
  return changed.map((projection) => projection.name)
}

const replay = async (
  dialect: Dialect,
  projection: Projection,
  progress: (name: string, position: number, end: number) => void
): Promise<void> => {
  const end = await endOf(dialect.reader)
  const start = await readLogStart(dialect.reader)
  await begin(dialect, projection)
  for (let after = start.position; after < end; ) {
    const page = await readAll(dialect.reader, { after, upTo: end, limit: PAGE })
    const statements = page.flatMap((event) => {
      const read = readEvent(event)
      return read === null ? [] : projection.project(event, read.data)
    })
    await dialect.writer.transaction((tx) => tx.run(statements))
    after = page.at(-1)?.position ?? end
    progress(projection.name, after, end)
  }
}

/** What the part of the log that was dropped amounted to. */
const begin = async (dialect: Dialect, projection: Projection): Promise<void> => {
  for (let after = ""; ; ) {
    const page = await readStreamStarts(dialect.reader, after, PAGE)
    const statements = page.flatMap((stream) => (stream.state === null ? [] : projection.begin(stream, stream.state)))
    await dialect.writer.transaction((tx) => tx.run(statements))
    after = page.at(-1)?.stream ?? after
    if (page.length < PAGE) return
  }
}

const endOf = async (reader: Kysely<Tables>): Promise<number> => {
  const head = await reader.selectFrom("log_head").select("position").executeTakeFirst()
  return head?.position ?? 0
}
