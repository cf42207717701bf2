/** What the server is, and how its sessions are. */
import { Effect, Schema } from "effect"
import { countSessions, SESSION_STATES } from "../../../application/sessions.ts"
import { answer, json, type Route, route } from "../../declaration.ts"

export const SERVER_NAME = "Bitácora"

export const SessionCounts = Schema.Struct(
  Object.fromEntries(SESSION_STATES.map((state) => [state, Schema.Int])) as Record<
    (typeof SESSION_STATES)[number],
    typeof Schema.Int
  >
)

export const infoRoutes = (version: string): readonly Route[] => [
  route({
    id: "info",
    method: "GET",
    path: "/info",
    tag: "Multi-Session",
    summary: "Get the server's name, version and uptime, and the number of sessions in each state",
    access: { for: "anyone" },
    answers: {
      200: json(
        "The server.",
        Schema.Struct({
          success: Schema.Boolean,
          name: Schema.String,
          version: Schema.String,
          uptime: Schema.Int.annotate({ description: "Seconds." }),
          sessions: SessionCounts
        })
      )
    },
    examples: [{ status: 200 }],
    handle: () =>
      Effect.map(countSessions, (sessions) =>
        answer(200, { success: true, name: SERVER_NAME, version, uptime: Math.floor(process.uptime()), sessions })
      )
  })
]
