#!/usr/bin/env node
// A chatbot for programs that were written for wwebjs-api. Settings: see ../README.md. Node 22 or newer, no package.
//
// What is the same as with wwebjs-api: the gateway posts {dataType, data, sessionId} to BASE_WEBHOOK_URL with the header x-api-key, and
// answers go to POST /client/sendMessage/<session>. What is better: the gateway repeats a webhook until this program answers 2xx, so the
// bot answers 200 at once and keeps the ids of the messages that it has seen.
import { createServer } from "node:http"

const { API_URL, API_KEY, HOST, PORT, RESPUESTAS } = process.env
const apiUrl = API_URL || "http://localhost:3000"
if (!API_KEY) {
  console.error("Falta API_KEY")
  process.exit(2)
}

/** What the bot answers to which text, in lower case. As JSON in RESPUESTAS. */
const answers = new Map(
  Object.entries(RESPUESTAS ? JSON.parse(RESPUESTAS) : { hola: "¡Hola! ¿En qué puedo ayudarte?", precio: "Cuesta S/ 10" })
)

const call = async (path, body) => {
  const response = await fetch(`${apiUrl}${path}`, {
    method: "POST",
    headers: { "x-api-key": API_KEY, "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000)
  })
  const answer = await response.json()
  if (!answer.success) throw new Error(`${path}: HTTP ${response.status}: ${answer.error}`)
  return answer
}

/** A webhook can come twice. */
const seen = new Set()
const SEEN_MAX = 10_000

const hear = async ({ dataType, data, sessionId }) => {
  // `message` is told of messages of others only. Those that the account sends come as `message_create`.
  if (dataType !== "message") return
  const { message } = data
  const id = message.id._serialized
  // A bot that answers in groups, or to statuses, is soon blocked.
  if (message.type !== "chat" || message.isStatus || message.from.endsWith("@g.us") || seen.has(id)) return
  seen.add(id)
  if (seen.size > SEEN_MAX) seen.delete(seen.values().next().value)
  const content = answers.get(message.body.trim().toLowerCase())
  if (content === undefined) return
  await call(`/chat/sendStateTyping/${sessionId}`, { chatId: message.from })
  await call(`/client/sendMessage/${sessionId}`, { chatId: message.from, contentType: "string", content })
  console.log(`${message.from}: ${message.body} -> ${content}`)
}

const server = createServer(async (request, response) => {
  // Only the gateway knows the key.
  if (request.method !== "POST" || request.headers["x-api-key"] !== API_KEY) {
    response.writeHead(403).end()
    return
  }
  let text = ""
  for await (const chunk of request.setEncoding("utf8")) text += chunk
  response.end()
  try {
    await hear(JSON.parse(text))
  } catch (failure) {
    console.error(failure instanceof Error ? failure.message : failure)
  }
})

server.listen(Number(PORT || 8080), HOST || "127.0.0.1", () => {
  const { address, port } = server.address()
  console.log(`BASE_WEBHOOK_URL=http://${address}:${port}`)
})
