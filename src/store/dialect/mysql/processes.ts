/** Connections of this gateway that it has given up and that the server may still hold. */
import type { Session } from "./session.ts"

interface Process {
  readonly Id: number
  readonly User: string
  readonly db: string | null
}

/**
 * Ends the connection with this number if it belongs to our user and this database. After a restart of the server the number may belong
 * to another client. Without the right to see the connections of others, the list contains only our own.
 */
export const killOwn = async (session: Session, id: number): Promise<void> => {
  const [own] = await session.query<{ user: string; db: string | null }>(
    "SELECT SUBSTRING_INDEX(USER(), '@', 1) AS user, DATABASE() AS db"
  )
  const processes = await session.query<Process>("SHOW PROCESSLIST")
  const found = processes.find((process) => process.Id === id && process.User === own?.user && process.db === own.db)
  if (!found || id === session.id) return
  // It may have ended in the meantime.
  await session.query(`KILL ${id}`).catch(() => {})
}
