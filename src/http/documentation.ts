/**
 * The API documentation: the OpenAPI document, and a page that shows it. Scalar renders the page, which loads nothing from another
 * host.
 */
import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import Fastify, { type FastifyInstance } from "fastify"
import { answer, bytes, json, JsonText, type Route, route } from "./declaration.ts"
import { Schema } from "effect"
import type { Dialect } from "./dialect.ts"
import { openApiDocument } from "./openapi.ts"

const PAGE = "/docs"
const DOCUMENT = "/openapi.json"

/** Calls `dialects` for their routes when the document is first requested. */
export const documentationRoutes = (dialects: () => readonly Dialect[], version: string): readonly Route[] => {
  let text: JsonText | undefined
  let viewer: Promise<Viewer> | undefined
  const show = (url: string) =>
    Effect.promise(async () => {
      viewer ??= openViewer()
      return (await viewer).get(url)
    })
  const page = (path: string, id: string, summary: string) =>
    route({
      id,
      method: "GET",
      path,
      tag: "Documentation",
      summary,
      access: { for: "anyone" },
      answers: {
        200: bytes("The page.", "text/html"),
        301: bytes("Redirects to the path with the slash.", "text/html")
      },
      examples: [{ status: path === PAGE ? 301 : 200 }],
      handle: ({ raw }) =>
        Effect.map(show(raw.url), ({ status, body, headers }) => answer(status as 200, body, headers))
    })
  return [
    route({
      id: "openApi",
      method: "GET",
      path: DOCUMENT,
      tag: "Documentation",
      summary: "Get this API as an OpenAPI 3.1 document",
      access: { for: "anyone" },
      answers: { 200: json("The document.", Schema.Record(Schema.String, Schema.Unknown)) },
      examples: [{ status: 200 }],
      handle: () => {
        text ??= new JsonText(JSON.stringify(openApiDocument(dialects(), version)))
        return Effect.succeed(answer(200, text))
      }
    }),
    // Without the slash it redirects to the path with it; both are this route.
    page(PAGE, "docs", "Open the documentation page"),
    page(`${PAGE}/js/scalar.js`, "docsScript", "Get the script of the documentation page")
  ]
}

interface Shown {
  readonly status: number
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

interface Viewer {
  readonly get: (url: string) => Promise<Shown>
}

/** Scalar's plugin is 5 MB of text. It is loaded at the first request for the page, into a Fastify instance of its own. */
const openViewer = async (): Promise<Viewer> => {
  const { default: scalar } = await import("@scalar/fastify-api-reference")
  const nonce = randomBytes(16).toString("base64")
  const inner: FastifyInstance = Fastify()
  await inner.register(scalar, {
    routePrefix: PAGE,
    configuration: {
      url: DOCUMENT,
      pageTitle: "Bitácora API",
      favicon: "data:,",
      nonce,
      withDefaultFonts: false,
      telemetry: false,
      showDeveloperTools: "never",
      hideClientButton: true,
      agent: { disabled: true },
      mcp: { disabled: true }
    }
  })
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'"
  ].join("; ")
  return {
    get: async (url) => {
      const { statusCode, rawPayload, headers } = await inner.inject({ url })
      const kept = ["content-type", "location", "etag", "cache-control"].flatMap((name) =>
        headers[name] === undefined ? [] : [[name, String(headers[name])]]
      )
      return {
        status: statusCode,
        body: rawPayload,
        headers: { ...Object.fromEntries(kept), "content-security-policy": policy }
      }
    }
  }
}
