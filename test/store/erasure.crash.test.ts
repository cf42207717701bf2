/** The erasing process is killed again and again; each time a gateway starts on the same files. */
import { utimesSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { ANA, ANA_LID, ContentStore, media, queued, received, SHA, sent, text } from "../support/content-store.ts"
import { dialects, sqliteIn, type TestDatabase } from "../support/dialects.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { runScript } from "../support/run-script.ts"
import { bytesIn, secret, secretsIn } from "../support/secrets.ts"
import { times } from "../support/soak.ts"

const MESSAGES = 250
const API_KEY = "an operator's key of the tests"

/** The messages of a contact whose LID only the first message tells. */
const fill = async (store: ContentStore): Promise<void> => {
  // The sweep takes files that are more than an hour old.
  utimesSync(store.file(SHA("a"), secret("FILE")), 0, 0)
  const link = received("m", ANA, text("hola"))
  const captioned = { ...media(SHA("a")), caption: secret("q1") }
  await store.messages(
    { ...link, data: { ...(link.data as object), chatAlt: ANA_LID, senderAlt: ANA_LID } },
    queued("q1", ANA, captioned),
    sent("q1"),
    ...Array.from({ length: MESSAGES }, (_, i) => {
      const event = received(`l${i}`, ANA, text(secret(`l${i}`)), ANA_LID)
      return { ...event, data: { ...(event.data as object), sender: ANA_LID } }
    })
  )
}

/** After the gateway's start, the files hold only what its log holds. */
const checkAfterStart = async (directory: string, env: Readonly<Record<string, string>>): Promise<void> => {
  const gateway = await GatewayProcess.start({ ...env, API_KEY })
  try {
    const ask = async (path: string) => {
      const response = await fetch(`${gateway.url}${path}`, { headers: { "x-api-key": API_KEY } })
      return response.text()
    }
    expect(JSON.parse(await ask("/v1/audit/verify"))).toMatchObject({ valid: true, complete: true })
    const inLog = secretsIn(await ask("/v1/events/export"))
    const inFiles = new Set(env.DB_HOST === undefined ? inLog : [])
    if (inLog.has("q1")) inFiles.add("FILE")
    await expect.poll(() => [...secretsIn(bytesIn(directory))].toSorted()).toEqual([...inFiles].toSorted())
  } finally {
    await gateway.end("SIGKILL")
  }
}

describe.each(dialects)("on $name", ({ name, create }) => {
  it(
    "[LOG-8] leaves in no file, after the next start, what it took before the kill, and completes when requested again",
    async () => {
      let database: TestDatabase | undefined
      const open = async (directory: string) => (database = name === "sqlite" ? sqliteIn(directory) : await create())
      await using store = await ContentStore.open(open)
      await fill(store)
      await store.close()
      const { directory } = store
      const env = { ...database?.env, DATA_DIR: directory }

      const step = times(name === "sqlite" ? 14 : 24, 1)
      let kills = 0
      for (let point = 1 + Math.floor(Math.random() * step); ; point += step) {
        const { code, err } = await runScript("test/support/eraser.ts", [directory, ANA, String(point)], env)
        if (code === 0) break
        expect([code, err]).toEqual([null, ""])
        kills++
        await checkAfterStart(directory, env)
      }
      expect(kills).toBeGreaterThan(0)
      await checkAfterStart(directory, env)
      expect([...secretsIn(bytesIn(directory))]).toEqual([])
    },
    times(60_000, 300_000)
  )
})
