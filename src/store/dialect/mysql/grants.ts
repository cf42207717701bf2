/** Finds the rights that the gateway needs and its database user lacks. */
import type { Session } from "./session.ts"

/** CREATE OR REPLACE VIEW needs DROP; the gateway drops nothing. */
export const neededRights: readonly string[] = [
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "CREATE",
  "ALTER",
  "DROP",
  "INDEX",
  "CREATE VIEW"
]

/** By SHOW GRANTS. Also empty if a role may grant rights that are not visible here. */
export const missingRights = async (session: Session, database: string): Promise<readonly string[]> => {
  const rows = await session.query<Record<string, string>>("SHOW GRANTS")
  const given = new Set<string>()
  for (const line of rows.map((row) => Object.values(row)[0] ?? "")) {
    const [, rights, level] = /^GRANT (.+?) ON (\S+) TO /.exec(line) ?? []
    if (rights === undefined || level === undefined) {
      // "GRANT `role` TO `user`"
      if (/^GRANT .+ TO /.test(line)) return []
      continue
    }
    if (!covers(level, database)) continue
    for (const right of rights.replaceAll(/\([^)]*\)/g, "").split(",")) given.add(right.trim().toUpperCase())
  }
  return given.has("ALL PRIVILEGES") ? [] : neededRights.filter((right) => !given.has(right))
}

/** `level` is `*.*` or a database's name, in which % and _ are wildcards unless they are escaped. */
const covers = (level: string, database: string): boolean => {
  if (level === "*.*") return true
  const name = /^`?(.+?)`?\.\*$/.exec(level)?.[1]
  if (name === undefined) return false
  const pattern = name.replaceAll(/\\?[%_]|[^\w%]/g, (part) => {
    if (part === "%") return ".*"
    if (part === "_") return "."
    return part.length === 2 ? part.slice(1) : `\\${part}`
  })
  return new RegExp(`^${pattern}$`).test(database)
}
