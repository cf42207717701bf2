/** An erasure costs as much as it erases, however long the log is. */
import type { KyselyPlugin } from "kysely"
import { describe, expect, it } from "vitest"
import type { Dialect } from "../../src/store/dialect/dialect.ts"
import type { EventToAppend } from "../../src/store/log/chain-events.ts"
import { about, ANA, ANA_LID, BEA, ContentStore, jid, received, text } from "../support/content-store.ts"
import { dialects, sqliteIn, type TestDatabase } from "../support/dialects.ts"
import { times } from "../support/soak.ts"

/** The contact's messages, spread over the log. */
const OWN = 50
const CONTACTS = 500
const AT_ONCE = 2_000
const SHORT = times(2_000, 10_000)
const LONG = times(20_000, 1_000_000)

interface Cost {
  queries: number
  rows: number
  statements: number
}

describe.each(dialects)("on $name, an erasure", ({ name, create }) => {
  const cost: Cost = { queries: 0, rows: 0, statements: 0 }
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      cost.queries++
      cost.rows += result.rows.length
      return result
    }
  }
  const counting = (dialect: Dialect): Dialect => ({
    ...dialect,
    reader: dialect.reader.withPlugin(plugin),
    writer: {
      transaction: (work) =>
        dialect.writer.transaction((tx) =>
          work({
            ...tx,
            run: (statements) => {
              cost.statements += statements.length
              return tx.run(statements)
            }
          })
        )
    }
  })
  const counted = (database: TestDatabase): TestDatabase => ({
    ...database,
    open: async () => counting(await database.open())
  })
  const costOf = async (work: () => Promise<unknown>) => {
    Object.assign(cost, { queries: 0, rows: 0, statements: 0 })
    const start = performance.now()
    await work()
    return { ...cost, ms: performance.now() - start }
  }

  /** A log of so many events; the contact has the same number in every one. */
  const filled = async (length: number): Promise<ContentStore> => {
    const store = await ContentStore.open(async (directory) =>
      counted(name === "sqlite" ? sqliteIn(directory) : await create())
    )
    const every = Math.floor(length / OWN)
    const eventAt = (i: number): EventToAppend => {
      if (i % every === 0 && i / every < OWN) return his(i / every)
      const number = `5192${String(i % CONTACTS).padStart(7, "0")}`
      return received(`m${i}`, number, text(`mensaje ${i}`))
    }
    for (let i = 0; i < length; i += AT_ONCE) {
      await store.messages(...Array.from({ length: Math.min(AT_ONCE, length - i) }, (_, n) => eventAt(i + n)))
    }
    return store
  }

  it(
    "[LOG-8] of a contact or a message reads and writes the same amount in a long log as in a short one",
    async () => {
      const costs = []
      for (const length of [SHORT, LONG]) {
        await using store = await filled(length)
        const contact = await costOf(async () => {
          expect(await store.eraseContact(ANA)).toEqual({ events: OWN, underWay: 0 })
        })
        await store.messages(
          received("target", BEA, text("de Bea")),
          about("message.edited", "e1", "target", BEA, { content: text("otra") }),
          about("message.reacted", "r1", "target", BEA, { emoji: "👍" })
        )
        const message = await costOf(async () => {
          expect(await store.erase("target")).toEqual({ events: 3, underWay: 0 })
        })
        costs.push({ contact, message })
      }
      const [short, long] = costs
      const counts = ({ queries, rows, statements }: Cost) => ({ queries, rows, statements })
      expect(counts(long?.contact as Cost)).toEqual(counts(short?.contact as Cost))
      expect(counts(long?.message as Cost)).toEqual(counts(short?.message as Cost))
      expect(long?.contact.rows).toBeLessThan(10 * OWN)
      if (process.env.SOAK !== "1") return
      process.stdout.write(`${name}: ${JSON.stringify(costs)}\n`)
      expect(long?.contact.ms).toBeLessThan(1_000)
    },
    times(60_000, 1_200_000)
  )
})

/** A message of the contact: under the LID alone, every fourth with the number too. */
const his = (i: number): EventToAppend => {
  const hasBoth = i % 4 === 0
  const event = received(`his${i}`, ANA, text(`mensaje ${i}`), hasBoth ? jid(ANA) : ANA_LID)
  const alt = hasBoth ? { chatAlt: ANA_LID, senderAlt: ANA_LID } : { sender: ANA_LID }
  return { ...event, data: { ...(event.data as object), ...alt } }
}
