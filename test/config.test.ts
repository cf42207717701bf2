import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { readSettings } from "../src/config.ts"

const DAY_MS = 86_400_000

it("refuses a MASTER_KEY that is not 32 bytes before anything is created", async () => {
  const { problems } = await Effect.runPromise(Effect.flip(readSettings({ MASTER_KEY: "abc" })))
  expect(problems).toEqual(["MASTER_KEY: must be 32 bytes, as 64 hex characters or in base64"])
})

describe("WA_CONTROL_URL", () => {
  const problemsOf = async (env: Record<string, string>) =>
    (await Effect.runPromise(Effect.flip(readSettings(env)))).problems
  const sandbox = { SANDBOX: "1", WA_URL: "ws://127.0.0.1:1/ws/chat" }

  it("is refused outside the sandbox", async () => {
    expect(await problemsOf({ WA_CONTROL_URL: "http://127.0.0.1:4000" })).toEqual([
      "WA_CONTROL_URL: is only for the sandbox; set SANDBOX=1 as well"
    ])
  })

  it.each(["http://10.0.0.1:4000", "http://localhost.example", "https://127.0.0.1", "127.0.0.1:4000"])(
    "refuses %s, which is not an http URL of this machine",
    async (given) => {
      expect(await problemsOf({ ...sandbox, WA_CONTROL_URL: given })).toEqual([
        "WA_CONTROL_URL: must be an http URL of this machine, such as http://127.0.0.1:4000"
      ])
    }
  )

  it.each(["http://127.0.0.1:4000", "http://localhost:4000", "http://[::1]:4000"])("takes %s", async (given) => {
    const { network } = await Effect.runPromise(readSettings({ ...sandbox, WA_CONTROL_URL: given }))
    expect(network?.controlUrl).toBe(given)
  })
})

describe("RETENTION", () => {
  const retentionOf = async (given: string) => (await Effect.runPromise(readSettings({ RETENTION: given }))).retention

  it("keeps everything for ever if it is not set", async () => {
    expect(await retentionOf("")).toEqual({})
  })

  it("accepts types with days", async () => {
    expect(await retentionOf("message.received=90d, history.synced=1d")).toEqual({
      "message.received": 90 * DAY_MS,
      "history.synced": DAY_MS
    })
  })

  it.each(["message.received", "message.received=0d", "message.received=90", "device.paired=9d", "=9d", "all=9d"])(
    "refuses %j and names it",
    async (given) => {
      const { problems } = await Effect.runPromise(Effect.flip(readSettings({ RETENTION: given })))
      expect(problems).toEqual([expect.stringContaining(`RETENTION: ${given} is not <type>=<days>d`)])
    }
  )
})

describe("ALLOWED_ORIGINS", () => {
  const originsOf = async (given: string) => {
    const settings = await Effect.runPromise(readSettings({ ALLOWED_ORIGINS: given }))
    return settings.allowedOrigins
  }

  it("is empty when it is not set, and lists origins without their trailing slash", async () => {
    expect(await originsOf("")).toEqual([])
    expect(await originsOf("https://a.example, http://localhost:5173/")).toEqual([
      "https://a.example",
      "http://localhost:5173"
    ])
    expect(await originsOf("*")).toEqual(["*"])
  })

  it.each(["panel.example.com", "https://a.example/path", "ftp://a.example"])(
    "refuses %j, naming it",
    async (given) => {
      const { problems } = await Effect.runPromise(Effect.flip(readSettings({ ALLOWED_ORIGINS: given })))
      expect(problems).toEqual([`ALLOWED_ORIGINS: ${given} is not an origin like https://app.example, or *`])
    }
  )
})

describe("a misspelt name of a setting", () => {
  const problemsOf = async (env: Record<string, string>) => {
    const result = await Effect.runPromise(Effect.flip(readSettings(env)))
    return result.problems
  }

  it.each([
    ["DATA_DRI", "DATA_DIR"],
    ["DATADIR", "DATA_DIR"],
    ["REGISTRATIONS", "REGISTRATION"],
    ["REGISTARTION", "REGISTRATION"],
    ["data_dir", "DATA_DIR"],
    ["SEND_ACK_TIMEOUT_MZ", "SEND_ACK_TIMEOUT_MS"]
  ])("%s is refused with the setting that was meant", async (name, meant) => {
    expect(await problemsOf({ [name]: "x" })).toEqual([`${name}: is not a setting; did you mean ${meant}?`])
  })

  it("a name unlike all settings is ignored", async () => {
    const others = {
      HOME: "/root",
      HOSTNAME: "x",
      PORTS: "1",
      PATH: "/bin",
      NODE_ENV: "production",
      DB_PORT_3306_TCP: "x"
    }
    expect((await Effect.runPromise(readSettings(others))).port).toBe(3000)
  })
})

describe("the settings of wwebjs-api", () => {
  const settingsOf = async (env: Record<string, string>) => (await Effect.runPromise(readSettings(env))).wwebjs

  it("have defaults: those of wwebjs-api, except for the WebSocket, which needs a key here", async () => {
    expect(await settingsOf({})).toEqual({
      basePath: "",
      hasLocalCallback: false,
      hasApiDocs: false,
      hasWebSocket: true,
      startsSessions: true,
      marksSeen: false,
      ignored: []
    })
  })

  it("are TRUE and FALSE, as in its documentation", async () => {
    const { hasWebSocket, startsSessions, marksSeen } = await settingsOf({
      ENABLE_WEBSOCKET: "FALSE",
      AUTO_START_SESSIONS: "False",
      SET_MESSAGES_AS_SEEN: "TRUE"
    })
    expect([hasWebSocket, startsSessions, marksSeen]).toEqual([false, false, true])
    expect((await Effect.runPromise(readSettings({ TRUST_PROXY: "TRUE" }))).trustProxy).toBe(true)
  })

  it("of the browser are accepted, and named as ignored", async () => {
    const { ignored } = await settingsOf({
      SESSIONS_PATH: "./sessions",
      HEADLESS: "TRUE",
      CHROME_BIN: "",
      WEB_VERSION: "2"
    })
    expect(ignored).toEqual(["HEADLESS", "SESSIONS_PATH", "WEB_VERSION"])
  })

  it.each([
    ["/", ""],
    ["/api/whatsapp", "/api/whatsapp"],
    ["/api/whatsapp/", "/api/whatsapp"]
  ])("BASE_PATH %s stands as %j before paths", async (given, basePath) => {
    expect((await settingsOf({ BASE_PATH: given })).basePath).toBe(basePath)
  })

  it.each(["whatsapp", "/a b", "/:id", "//x"])("BASE_PATH %j is refused", async (given) => {
    const { problems } = await Effect.runPromise(Effect.flip(readSettings({ BASE_PATH: given })))
    expect(problems).toEqual([`BASE_PATH: ${given} is not a path like /whatsapp`])
  })
})
