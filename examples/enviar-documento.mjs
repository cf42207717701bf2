#!/usr/bin/env node
// Sends a document. Settings: see README.md. Node 18 or newer, no package.
import { readFile } from "node:fs/promises"
import { basename } from "node:path"

const { API_URL, TOKEN, DESTINO, INSTANCIA, ARCHIVO, LEYENDA } = process.env
const apiUrl = API_URL || "http://localhost:3000"

const end = (text, code) => {
  console.error(text)
  process.exit(code)
}

if (!TOKEN || !DESTINO || !ARCHIVO) end("Faltan TOKEN, DESTINO o ARCHIVO", 2)
const file = await readFile(ARCHIVO).catch(({ message }) => end(`No se puede leer ${ARCHIVO}: ${message}`, 2))

const response = await fetch(`${apiUrl}/api/send-whatsap`, {
  method: "POST",
  headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
  body: JSON.stringify({
    number: DESTINO,
    mediatype: "document",
    media: file.toString("base64"),
    filename: basename(ARCHIVO),
    caption: LEYENDA || "Adjuntamos su documento.",
    ...(INSTANCIA ? { fromNumber: INSTANCIA } : {})
  }),
  signal: AbortSignal.timeout(60_000)
}).catch(({ message, cause }) => end(`No hay respuesta de ${apiUrl}: ${cause?.message ?? message}`, 1))

const text = await response.text()
if (response.status !== 200) end(`HTTP ${response.status}: ${text}`, 1)
console.log(text)
