/** A database whose transactions fail as the network or a crash makes them fail. */
import { type Dialect, OutcomeUnknown, type WriterTransaction } from "../../src/store/dialect/dialect.ts"

/** `away`: the transaction is not started. `lost`: the connection breaks during the commit, which may or may not take place. */
export type StoreFault = "none" | "away" | "lost, committed" | "lost, rolled back"

class RolledBack extends Error {}

/** Calls `next` before each transaction and `committed` after each commit; `committed` may throw. */
export const faulty = (dialect: Dialect, next: () => StoreFault, committed: () => void = () => {}): Dialect => ({
  ...dialect,
  writer: {
    transaction: async (work) => {
      const fault = next()
      if (fault === "away") throw new Error("the database is away")
      if (fault === "lost, rolled back") {
        const undone = async (tx: WriterTransaction) => {
          await work(tx)
          throw new RolledBack()
        }
        await dialect.writer.transaction(undone).catch((failure: unknown) => {
          if (!(failure instanceof RolledBack)) throw failure
        })
        throw new OutcomeUnknown(new Error("connection lost"), async () => false)
      }
      const result = await dialect.writer.transaction(work)
      committed()
      if (fault === "lost, committed") throw new OutcomeUnknown(new Error("connection lost"), async () => true)
      return result
    }
  }
})
