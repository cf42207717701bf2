/**
 * The page of a hosted link: one file of HTML with its style and its script, made once. It sends requests to this gateway only;
 * the policy says so, with a nonce for each answer.
 */
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { fileOf } from "../../../installation.ts"

const read = (name: string): string => readFileSync(fileOf(`src/http/routes/link/page/${name}`), "utf8")

/** Between these parts stands the nonce. */
const parts = read("page.html")
  .replace("/* page.css */", () => read("page.css"))
  .replace("/* words.json */", () => JSON.stringify(JSON.parse(read("words.json"))))
  .replace("/* page.js */", () => read("page.js"))
  .split("NONCE")

export interface LinkPage {
  readonly html: Buffer
  readonly headers: Readonly<Record<string, string>>
}

export const linkPage = (): LinkPage => {
  const nonce = randomBytes(16).toString("base64")
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join("; ")
  return {
    html: Buffer.from(parts.join(nonce)),
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      // The address holds the ticket.
      "referrer-policy": "no-referrer",
      "x-robots-tag": "noindex"
    }
  }
}
