/** What is installed is what was reviewed: every package, those of other platforms included, is pinned with a hash. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"

interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
}
const read = (path: string) => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), "utf8")) as unknown
const lock = read("package-lock.json") as { readonly packages: Readonly<Record<string, LockedPackage>> }
const manifest = read("package.json") as {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly allowScripts: Readonly<Record<string, boolean>>
}
const packages = Object.entries(lock.packages).filter(([path]) => path !== "")

it("every package of the lock has its hash, those of other platforms too", () => {
  const without = packages.filter(([, { integrity }]) => !integrity?.startsWith("sha512-"))
  expect(without.map(([path]) => path)).toEqual([])
})

it("the Node that runs the gateway is such a package, in one version for all platforms", () => {
  const nodes = Object.entries(manifest.optionalDependencies).filter(([name]) => name.startsWith("node-"))
  expect(nodes.length).toBeGreaterThan(0)
  expect(new Set(nodes.map(([, version]) => version)).size).toBe(1)
  for (const [name, version] of nodes) expect(lock.packages[`node_modules/${name}`]?.version).toBe(version)
})

it("direct dependencies are exact versions, and no package may run a script at its installation", () => {
  const direct = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
  expect(Object.entries(direct).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
  const scripts = packages.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path)
  const allowed = scripts.filter((path) => manifest.allowScripts[path.replace(/.*node_modules\//, "")] !== false)
  expect(allowed.filter((path) => !path.endsWith("/esbuild") && !path.endsWith("/fsevents"))).toEqual([])
})
