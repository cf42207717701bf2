#!/usr/bin/env node
// Sends a notification, for programs that were written for wwebjs-api. Settings: see ../README.md. Node 22 or newer, no package.
//
// The same call as with wwebjs-api: POST /client/sendMessage/<session>, with `contentType` and `content`. First it asks whether the number
// is on WhatsApp, so that a wrong number is no failed message.
const { API_URL, API_KEY, SESION, TELEFONO, MENSAJE } = process.env
const apiUrl = API_URL || "http://localhost:3000"

const end = (text, code) => {
  console.error(text)
  process.exit(code)
}

if (!API_KEY || !SESION || !TELEFONO || !MENSAJE) end("Faltan API_KEY, SESION, TELEFONO o MENSAJE", 2)

const call = async (path, body) => {
  const response = await fetch(`${apiUrl}${path}/${SESION}`, {
    method: "POST",
    headers: { "x-api-key": API_KEY, "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000)
  }).catch(({ message, cause }) => end(`No hay respuesta de ${apiUrl}: ${cause?.message ?? message}`, 1))
  const answer = await response.json()
  if (!answer.success) end(`HTTP ${response.status}: ${answer.error}`, 1)
  return answer
}

const { result } = await call("/client/getNumberId", { number: TELEFONO })
if (result === null) end(`El número ${TELEFONO} no está en WhatsApp`, 1)
const sent = await call("/client/sendMessage", {
  chatId: result._serialized,
  contentType: "string",
  content: MENSAJE
})
console.log(JSON.stringify(sent))
