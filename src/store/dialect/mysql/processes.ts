/** Connections of ours that a server may still hold though we have given them up. */
import type { Session } from "./session.ts"

interface Process {
  readonly Id: number
  readonly User: string
  readonly db: string | null
}

/**
 * Ends the connection with this number, if it is one of ours on this database. After a restart of the server the number may be
 * somebody else's; without the right to see others' connections the list holds ours alone.
 */
export const killOwn = async (session: Session, id: number): Promise<void> => {
  const [own] = await session.query<{ user: string; db: string | null }>(
    "SELECT SUBSTRING_INDEX(USER(), '@', 1) AS user, DATABASE() AS db"
  )
  const processes = await session.query<Process>("SHOW PROCESSLIST")
  const found = processes.find((process) => process.Id === id && process.User === own?.user && process.db === own.db)
  if (!found || id === session.id) return
  // It may have ended meanwhile.
  await session.query(`KILL ${id}`).catch(() => {})
}
