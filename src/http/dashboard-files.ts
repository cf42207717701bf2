/**
 * The built dashboard (dashboard/dist), read once. Its scripts and styles have the hash of their content in their names, so browsers keep them
 * for good; the page itself is asked for again each time.
 */
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { FastifyRequest } from "fastify"
import { fileOf } from "../installation.ts"

export interface DashboardFile {
  readonly type: string
  readonly etag: string
  readonly plain: Buffer
  /** The same, compressed, by the name of the encoding. */
  readonly encoded: Readonly<Record<Encoding, Buffer>>
}

export interface Dashboard {
  readonly page: DashboardFile
  /** By name. */
  readonly assets: ReadonlyMap<string, DashboardFile>
}

type Encoding = "br" | "gzip"

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml"
}

const FOLDER = fileURLToPath(fileOf("dashboard/dist/"))

/** Undefined when the dashboard has not been built. */
export const readDashboard = (folder = FOLDER): Dashboard | undefined => {
  if (!existsSync(`${folder}/index.html.br`)) return undefined
  const names = readdirSync(`${folder}/assets`).filter((name) => typeOf(name) !== undefined)
  return {
    page: read(`${folder}/index.html`),
    assets: new Map(names.map((name) => [name, read(`${folder}/assets/${name}`)]))
  }
}

/** The file as this client takes it: compressed where it can be. */
export const encodedFor = ({ headers }: FastifyRequest, file: DashboardFile) => {
  const accepted = new Set((headers["accept-encoding"] ?? "").split(",").map(codingOf))
  const encoding = (["br", "gzip"] as const).find((each) => accepted.has(each))
  const common = { "content-type": file.type, etag: file.etag, vary: "accept-encoding" }
  return encoding === undefined
    ? { body: file.plain, headers: common }
    : { body: file.encoded[encoding], headers: { ...common, "content-encoding": encoding } }
}

/** Without its weight; undefined where the client refuses it. */
const codingOf = (given: string): string | undefined => {
  const [name = "", weight = ""] = given.trim().split(";")
  return /^\s*q=0(\.0*)?$/.test(weight) ? undefined : name.trim()
}

const read = (path: string): DashboardFile => {
  const plain = readFileSync(path)
  return {
    type: typeOf(path) ?? "",
    // Weak: the same for every encoding.
    etag: `W/"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`,
    plain,
    encoded: { br: readFileSync(`${path}.br`), gzip: readFileSync(`${path}.gz`) }
  }
}

const typeOf = (name: string): string | undefined => types[name.split(".").at(-1) ?? ""]
