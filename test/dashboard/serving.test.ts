/** How the gateway serves the dashboard: its size, its policy, what browsers keep, and the paths that lead to it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { brotliDecompressSync, gunzipSync } from "node:zlib"
import { request } from "undici"
import { afterAll, beforeAll, expect, it } from "vitest"
import { buildDashboard } from "../../scripts/build-dashboard.ts"
import { readDashboard } from "../../src/http/dashboard-files.ts"
import { dialectsOf } from "../../src/http/dialects.ts"
import { TestGateway } from "../support/gateway.ts"

const JAVASCRIPT_BYTES_MAX = 150_000
const HTML = { accept: "text/html,application/xhtml+xml" }

let gateway: TestGateway

beforeAll(async () => {
  gateway = await TestGateway.start()
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** The addresses of the page's own files. */
const assetsOf = (html: string): readonly string[] => html.match(/\/dashboard\/assets\/[\w.-]+/g) ?? []

it("the build on a clean checkout is small, and the names of its files follow from their content", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bitacora-dashboard-"))
  try {
    await buildDashboard(folder)
    const names = readdirSync(join(folder, "assets"))
    const scripts = names.filter((name) => name.endsWith(".js"))
    const bytes = scripts.map((name) => readFileSync(join(folder, "assets", `${name}.gz`)).length)
    expect(scripts.length).toBeGreaterThan(0)
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(JAVASCRIPT_BYTES_MAX)
    expect(names.filter((name) => !/-[\w-]{8}\.(js|css|svg)(\.br|\.gz)?$/.test(name))).toEqual([])
    expect([...(readDashboard(folder)?.assets.keys() ?? [])].toSorted()).toEqual(
      names.filter((name) => !/\.(br|gz)$/.test(name)).toSorted()
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it("the page is checked again each time, and its policy allows its own files only", async () => {
  for (const path of ["/dashboard", "/dashboard/", "/dashboard/dispositivos/dev_1"]) {
    const { status, headers, body } = await gateway.get(path)
    expect([path, status, headers.get("cache-control")]).toEqual([path, 200, "no-cache"])
    const policy = headers.get("content-security-policy") ?? ""
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    expect(body).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/)
    const again = await gateway.get(path, { headers: { "if-none-match": headers.get("etag") ?? "" } })
    expect([again.status, again.body]).toEqual([304, undefined])
  }
})

it("scripts and styles are kept for good, and sent compressed as the client takes them", async () => {
  const { body: html } = await gateway.get("/dashboard/")
  const assets = assetsOf(html)
  expect(assets.some((path) => path.endsWith(".js")) && assets.some((path) => path.endsWith(".css"))).toBe(true)
  for (const path of assets) {
    const fetchAs = async (encoding: string) => {
      const { headers, body } = await request(gateway.url + path, { headers: { "accept-encoding": encoding } })
      return { headers, bytes: Buffer.from(await body.arrayBuffer()) }
    }
    const plain = await fetchAs("identity")
    expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable")
    expect(plain.headers["content-encoding"]).toBeUndefined()
    const small = await fetchAs("gzip, br;q=0")
    expect(small.headers["content-encoding"]).toBe("gzip")
    expect(gunzipSync(small.bytes)).toEqual(plain.bytes)
    const smaller = await fetchAs("gzip, deflate, br")
    expect([smaller.headers["content-encoding"], smaller.headers.vary]).toEqual(["br", "accept-encoding"])
    expect(brotliDecompressSync(smaller.bytes)).toEqual(plain.bytes)
  }
  expect((await gateway.get("/dashboard/assets/none.js")).status).toBe(404)
  expect((await gateway.get("/dashboard/assets/..%2findex.html")).status).toBe(404)
})

it("browsers are led to it from the start and from the paths of older gateways; other clients get the home page", async () => {
  const leadsTo = async (path: string, headers = {}) => {
    const answer = await gateway.get(path, { headers })
    return [answer.status, answer.headers.get("location")]
  }
  expect(await leadsTo("/", HTML)).toEqual([302, "/dashboard/"])
  expect(await leadsTo("/dashboard.html")).toEqual([302, "/dashboard/"])
  expect(await leadsTo("/login.html")).toEqual([302, "/dashboard/entrar"])
  const home = await gateway.get("/")
  expect([home.status, home.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"])
})

it("without a build, its paths lead to the home page, which browsers get too", async () => {
  const [v1] = dialectsOf({ version: "0.0.0-test", sendAckTimeoutMs: 1 })
  const routes = new Map(v1?.routes.map((route) => [route.path, route]))
  expect(routes.get("/dashboard")?.examples[0]?.status).toBe(302)
  expect(readDashboard(tmpdir())).toBeUndefined()
})
