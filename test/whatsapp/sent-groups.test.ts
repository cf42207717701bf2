import type { GroupMetadata } from "@whiskeysockets/baileys"
import { describe, expect, it } from "vitest"
import { SentGroups } from "../../src/whatsapp/baileys/sending/sent-groups.ts"

const GROUP = "120363025246125486@g.us"

const metadata = (id: string, members: number): GroupMetadata => ({
  id,
  owner: undefined,
  subject: "Pedidos",
  desc: "x".repeat(1_000),
  participants: Array.from({ length: members }, (_, nth) => ({
    id: `${nth}@lid`,
    phoneNumber: `${nth}@s.whatsapp.net`
  }))
})

/** Answers when the test says so. */
const asking = (members = 2) => {
  const asked: { readonly group: string; readonly answer: () => void }[] = []
  const groups = new SentGroups(
    (group) => new Promise((resolve) => asked.push({ group, answer: () => resolve(metadata(group, members)) }))
  )
  const ask = async (group: string) => {
    const before = asked.length
    const answer = groups.metadata(group)
    if (asked.length > before) asked.at(-1)?.answer()
    return answer
  }
  return { groups, asked, ask }
}

describe("what is known of groups that are written to", () => {
  it("is asked for once, also by messages that wait for it at the same time", async () => {
    const { groups, asked, ask } = asking()
    const both = [groups.metadata(GROUP), groups.metadata(GROUP)]
    asked[0]?.answer()
    expect((await Promise.all(both)).map(({ participants }) => participants)).toEqual([
      [{ id: "0@lid" }, { id: "1@lid" }],
      [{ id: "0@lid" }, { id: "1@lid" }]
    ])
    await ask(GROUP)
    expect(asked).toHaveLength(1)
  })

  it("is asked for again after a change, also one that comes while WhatsApp answers", async () => {
    const { groups, asked, ask } = asking()
    await ask(GROUP)
    groups.forget(GROUP)
    const late = groups.metadata(GROUP)
    groups.forget(GROUP)
    asked[1]?.answer()
    await late
    await ask(GROUP)
    await ask(GROUP)
    expect(asked).toHaveLength(3)
  })

  it("is asked for again after a failure", async () => {
    const answers = [() => Promise.reject(new Error("no answer")), () => Promise.resolve(metadata(GROUP, 1))]
    const groups = new SentGroups(() => (answers.shift() ?? answers[0] ?? (() => Promise.reject(new Error("none"))))())
    await expect(groups.metadata(GROUP)).rejects.toThrow("no answer")
    expect(await groups.metadata(GROUP)).toMatchObject({ id: GROUP })
  })

  it("is bounded by the number of members", async () => {
    const { asked, ask } = asking(1_000)
    for (let nth = 0; nth < 20; nth++) await ask(`1203630252461254${nth + 10}@g.us`)
    await ask("120363025246125429@g.us")
    expect(asked).toHaveLength(20)
    await ask("120363025246125410@g.us")
    expect(asked).toHaveLength(21)
  })
})
