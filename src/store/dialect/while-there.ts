/** A database that takes writes only while its data directory is there. Reads go on from the files that are open. */
import type { DirectoryWatch } from "../directory-watch.ts"
import type { Dialect } from "./dialect.ts"

export const whileThere = (dialect: Dialect, watch: DirectoryWatch): Dialect => {
  const demand = () => {
    if (watch.problem !== undefined) throw new Error(watch.problem)
  }
  return {
    ...dialect,
    writer: {
      ...dialect.writer,
      transaction: async (work) => {
        demand()
        return dialect.writer.transaction(work)
      }
    },
    ping: async () => {
      demand()
      await dialect.ping()
    },
    close: async () => {
      watch.close()
      await dialect.close()
    }
  }
}
