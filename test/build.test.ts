/** The build that `npm ci` makes, and which of the two, build or sources, a start runs. */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { buildDashboard } from "../scripts/build-dashboard.ts"
import { buildGateway } from "../scripts/build-gateway.ts"
import { scriptPath } from "./support/run-script.ts"

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bitacora-build-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the build of the gateway", () => {
  let built: string
  const filesOf = () =>
    readdirSync(built, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".js"))
      .map((name) => [name, readFileSync(join(built, name), "utf8")] as const)

  beforeAll(async () => {
    built = join(folder, "gateway")
    await buildGateway(built)
  })

  it("has every migration, and everything that runs as a process or thread", () => {
    const sources = readdirSync(scriptPath("migrations")).map((name) => name.replace(/\.ts$/, ".js"))
    expect(readdirSync(join(built, "migrations")).toSorted()).toEqual(sources.toSorted())
    const named = [...new Set(readdirSync(scriptPath("src"), { recursive: true, encoding: "utf8" }))]
      .filter((name) => name.endsWith(".ts"))
      .flatMap((name) => [...readFileSync(scriptPath(`src/${name}`), "utf8").matchAll(/programOf\("([^"]+)"\)/g)])
      .map(([, program]) => `${program}.js`)
    expect(named.length).toBeGreaterThan(2)
    const names = new Set(filesOf().map(([name]) => name))
    expect([...named, "main.js", "cli/bitacora.js"].filter((name) => !names.has(name))).toEqual([])
  })

  it("has characters of one byte only, so that V8 keeps each at one byte", () => {
    expect(filesOf().filter(([, code]) => /[^\0-\x7f]/.test(code))).toEqual([])
  })

  it("replaces the one before it as a whole", async () => {
    writeFileSync(join(built, "chunks", "stale.js"), "")
    const before = filesOf().map(([name]) => name)
    await buildGateway(built)
    expect(filesOf().map(([name]) => name)).toEqual(before.filter((name) => name !== "chunks/stale.js"))
    expect(readdirSync(folder).filter((name) => name.endsWith(".new"))).toEqual([])
  })

  it("contains no package under the GPL", () => {
    const code = filesOf().map(([, text]) => text)
    expect(code.some((text) => text.includes("node_modules/@whiskeysockets/baileys"))).toBe(true)
    expect(code.filter((text) => text.includes("node_modules/libsignal"))).toEqual([])
  })
})

it("the build of the dashboard is one for production, whatever NODE_ENV is, and names no path of the machine", async () => {
  const built = join(folder, "dashboard")
  expect(process.env.NODE_ENV).toBe("test")
  await buildDashboard(built)
  expect(process.env.NODE_ENV).toBe("test")
  const scripts = readdirSync(join(built, "assets")).filter((name) => name.endsWith(".js"))
  expect(scripts.length).toBeGreaterThan(0)
  for (const name of scripts) expect(readFileSync(join(built, "assets", name), "utf8")).not.toContain(scriptPath(""))
})

describe("node main.js", () => {
  let installation: string

  beforeEach(() => {
    installation = mkdtempSync(join(folder, "installation-"))
    for (const name of ["main.js", "launch.js"]) cpSync(scriptPath(name), join(installation, name))
    for (const name of ["src", "dist", "migrations"]) mkdirSync(join(installation, name))
    write("package.json", '{"type":"module"}')
    write("package-lock.json", "{}")
    write("migrations/0001-first.ts", "")
    write("src/main.ts", 'console.log("the sources", ...process.argv.slice(2))')
    write("dist/main.js", 'console.log("the build", ...process.argv.slice(2))')
  })

  const write = (name: string, text: string) => writeFileSync(join(installation, name), text)
  const changedLater = (name: string) => {
    const later = new Date(Date.now() + 60_000)
    utimesSync(join(installation, name), later, later)
  }
  const run = () => {
    const { stdout, stderr } = spawnSync(process.execPath, [join(installation, "main.js"), "--now"], {
      encoding: "utf8"
    })
    return [stdout, stderr]
  }

  it("runs the build", () => {
    expect(run()).toEqual(["the build --now\n", ""])
  })

  it("runs the sources where there is no build", () => {
    rmSync(join(installation, "dist"), { recursive: true })
    expect(run()).toEqual(["the sources --now\n", ""])
  })

  it.each(["src/main.ts", "migrations/0001-first.ts", "package-lock.json"])(
    "runs the sources after a change of %s, and says so",
    (name) => {
      changedLater(name)
      expect(run()).toEqual([
        "the sources --now\n",
        `${name} is newer than the build: the sources run. npm run build makes it anew\n`
      ])
    }
  )
})
