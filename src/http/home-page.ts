/**
 * `/`: browsers are led to the dashboard. Where there is none, and for every other client, it is a page that says what this server is, and
 * where its documents are. It is static, and loads nothing.
 */
import { createHash } from "node:crypto"
import { Effect } from "effect"
import { DASHBOARD } from "./dashboard.ts"
import { answer, bytes, nothing, type Route, route } from "./declaration.ts"

const style = `
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif }
code { font-size: 0.9em }
dt { margin-top: 1rem; font-weight: 600 }
dd { margin: 0 }
`

const page = (version: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Bitácora</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<h1>Bitácora</h1>
<p>A WhatsApp gateway for many devices. Programs send and receive messages over HTTP, and everything that happens is kept in an append-only log.
This is release ${version}.</p>
<h2>Documents</h2>
<dl>
<dt><a href="/docs">API documentation</a></dt>
<dd>Every route of every API with examples; the same as <a href="/openapi.json">OpenAPI 3.1</a>.</dd>
<dt><code>README.md</code></dt>
<dd>Installation, settings and the first message.</dd>
<dt><code>docs/MULTI-SESSION.md</code> and <code>docs/WHATSAPP25.md</code></dt>
<dd>For programs that were written for the Multi-Session API or for WHATSAPP25.</dd>
<dt><code>docs/ARCHITECTURE.md</code></dt>
<dd>How it works.</dd>
</dl>
<h2>State</h2>
<p><a href="/health">Health</a> and <a href="/info">sessions by state</a>.</p>
</body>
</html>
`

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join("; ")

export const homeRoute = (version: string, hasDashboard: boolean): Route => {
  const html = Buffer.from(page(version))
  const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": policy }
  return route({
    id: "home",
    method: "GET",
    path: "/",
    tag: "Documentation",
    summary: "Open the page that says what this server is",
    access: { for: "anyone" },
    answers: { 200: bytes("The page.", "text/html"), 302: nothing("To the dashboard, for a browser.") },
    examples: [{ status: 200 }],
    handle: ({ raw }) => {
      const isBrowser = raw.headers.accept?.includes("text/html") === true
      const leads = hasDashboard && isBrowser
      return Effect.succeed(
        leads ? answer(302, undefined, { location: DASHBOARD, vary: "accept" }) : answer(200, html, headers)
      )
    }
  })
}
