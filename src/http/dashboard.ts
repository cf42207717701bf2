/**
 * Serves the dashboard: one page for every path below `/dashboard`, and the scripts and styles that it loads. The page asks this gateway
 * only, and runs nothing but its own files.
 */
import { Effect, Schema } from "effect"
import type { Dashboard } from "./dashboard-files.ts"
import { encodedFor } from "./dashboard-files.ts"
import { answer, bytes, nothing, type Route, route } from "./declaration.ts"

const tag = "Documentation"
const access = { for: "anyone" } as const

/** Rejection: the dashboard has no such file, as after an update. */
class AssetNotFound extends Schema.TaggedError<AssetNotFound>()("AssetNotFound", { file: Schema.String }) {
  override get message(): string {
    return `the dashboard has no file ${this.file}; load the page again`
  }
}

export const DASHBOARD = "/dashboard/"
const SIGN_IN = "/dashboard/entrar"
const HOME = "/"

const policy = [
  "default-src 'self'",
  // A QR is a picture in a data URL.
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'"
].join("; ")

const FOR_GOOD = "public, max-age=31536000, immutable"

/** `dashboard`: undefined when it has not been built; its paths then lead to the home page. */
export const dashboardRoutes = (dashboard: Dashboard | undefined): readonly Route[] => [
  route({
    id: "dashboard",
    method: "GET",
    path: "/dashboard",
    aliases: ["/dashboard/*"],
    tag,
    summary: "Open the dashboard",
    access,
    answers: {
      200: bytes("The page.", "text/html"),
      302: nothing("The dashboard is not built: to the home page."),
      304: nothing("The browser's copy is up to date.")
    },
    examples: [{ status: dashboard ? 200 : 302 }],
    handle: ({ raw }) =>
      Effect.sync(() => {
        if (dashboard === undefined) return answer(302, undefined, { location: HOME })
        const { body, headers } = encodedFor(raw, dashboard.page)
        const common = { ...headers, "cache-control": "no-cache", "content-security-policy": policy }
        const isSame = raw.headers["if-none-match"] === headers.etag
        return isSame ? answer(304, undefined, common) : answer(200, body, common)
      })
  }),
  route({
    id: "dashboardAsset",
    method: "GET",
    path: "/dashboard/assets/:file",
    tag,
    summary: "Get a script or a style of the dashboard",
    access,
    params: Schema.Struct({ file: Schema.String }),
    answers: {
      200: bytes("The file. Its name changes with its content.", "text/javascript")
    },
    failures: ["AssetNotFound"],
    examples: [{ params: { file: "none.js" }, status: 404 }],
    handle: ({ params, raw }) =>
      Effect.suspend(() => {
        const file = dashboard?.assets.get(params.file)
        if (file === undefined) return new AssetNotFound({ file: params.file })
        const { body, headers } = encodedFor(raw, file)
        return Effect.succeed(answer(200, body, { ...headers, "cache-control": FOR_GOOD }))
      })
  }),
  redirect("dashboardPage", "/dashboard.html", DASHBOARD),
  redirect("loginPage", "/login.html", SIGN_IN)
]

/** The paths of older gateways. */
const redirect = (id: string, path: string, to: string): Route =>
  route({
    id,
    method: "GET",
    path,
    tag,
    summary: "Open the dashboard, under the path of older gateways",
    access,
    answers: { 302: nothing("To the dashboard.") },
    examples: [{ status: 302 }],
    handle: () => Effect.succeed(answer(302, undefined, { location: to }))
  })
