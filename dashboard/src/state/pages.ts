/** The pages that the navigation leads to, and what their addresses are. */
import type { TextKey } from "../i18n/text.ts"

export interface Page {
  /** The first part of its address below `/dashboard`. */
  readonly name: "dispositivos" | "conversaciones" | "webhooks" | "operacion"
  readonly word: TextKey
}

export const pages: readonly Page[] = [
  { name: "dispositivos", word: "nav.devices" },
  { name: "conversaciones", word: "nav.conversations" },
  { name: "webhooks", word: "nav.webhooks" },
  { name: "operacion", word: "nav.operation" }
]

export const addressOf = (...parts: readonly string[]): string =>
  ["/dashboard", ...parts.map((part) => encodeURIComponent(part))].join("/")

/** What a part of an address says; undefined for a malformed one. */
export const decoded = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

/** The page of an address; the devices for the shortest. */
export const pageAt = (path: string): Page | undefined => {
  const [, , name = ""] = path.split("/")
  return pages.find((page) => page.name === name) ?? (["", "entrar"].includes(name) ? pages[0] : undefined)
}

/** The address with what is chosen; what is as by default is left out. */
export const withQuery = <Chosen extends Readonly<Record<string, string>>>(
  path: string,
  chosen: Chosen,
  defaults: Chosen
): string => {
  const wanted = Object.keys(defaults).filter((name) => chosen[name] !== defaults[name])
  const search = new URLSearchParams(wanted.map((name) => [name, chosen[name] ?? ""])).toString()
  return search === "" ? path : `${path}?${search}`
}
