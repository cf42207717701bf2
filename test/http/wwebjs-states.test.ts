import { describe, expect, it } from "vitest"
import { isAtRest, statusOf, waStateOf } from "../../src/http/routes/wwebjs/states.ts"

describe("the states of a session in the words of WhatsApp Web", () => {
  it.each([
    ["NONE", null, null],
    ["INIT", null, "OPENING"],
    ["QR", null, "UNPAIRED"],
    ["LOADING", null, "PAIRING"],
    ["CONNECTED", null, "CONNECTED"],
    ["RECONNECTING", "timed_out", "OPENING"],
    ["ERROR", "replaced", "CONFLICT"],
    ["ERROR", "outdated", "DEPRECATED_VERSION"],
    ["ERROR", "banned", "TOS_BLOCK"],
    ["ERROR", "logged_out", "UNPAIRED"],
    ["ERROR", "bad_session", "UNLAUNCHED"]
  ])("%s %s is %s", (state, reason, word) => {
    expect(waStateOf({ state, reason })).toBe(word)
  })

  it("say whether it is connected, and why not", () => {
    const said = (state: string) => statusOf({ state, reason: null })
    expect(said("CONNECTED")).toEqual({ success: true, state: "CONNECTED", message: "session_connected" })
    expect(said("QR")).toEqual({ success: false, state: "UNPAIRED", message: "session_not_connected" })
    expect(said("NONE")).toEqual({ success: false, state: null, message: "session closed" })
  })

  it("say whether it can be started", () => {
    const states = ["NONE", "INIT", "QR", "LOADING", "CONNECTED", "RECONNECTING", "ERROR"]
    expect(states.filter((state) => isAtRest({ state, reason: null }))).toEqual(["NONE", "ERROR"])
  })
})
