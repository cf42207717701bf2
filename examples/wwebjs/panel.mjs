#!/usr/bin/env node
// A live view of a session, for programs that were written for wwebjs-api. Settings: see ../README.md. Node 22 or newer, no package.
//
// The same frames as with wwebjs-api come over /ws/<session>. Two things are different: the socket needs the key (a browser, which cannot
// set a header, gives it as ?apiKey=), and it works without BASE_PATH. The view begins with the chats as they are now.
const { API_URL, API_KEY, SESION } = process.env
const apiUrl = API_URL || "http://localhost:3000"
if (!API_KEY || !SESION) {
  console.error("Faltan API_KEY o SESION")
  process.exit(2)
}

const FIRST_PAUSE_MS = 1_000
const LAST_PAUSE_MS = 30_000

const show = {
  qr: ({ qr }) => `QR: ${qr}`,
  ready: () => "lista",
  change_state: ({ state }) => `estado: ${state}`,
  disconnected: ({ reason }) => `desconectada: ${reason}`,
  message: ({ message }) => `${message.from}: ${message.body || `(${message.type})`}`,
  message_ack: ({ message, ack }) => `${message.id.id}: ack ${ack}`,
  unread_count: ({ chat }) => `${chat.name}: ${chat.unreadCount} sin leer`
}

const chats = async () => {
  const response = await fetch(`${apiUrl}/client/getChats/${SESION}`, { headers: { "x-api-key": API_KEY } })
  const answer = await response.json()
  if (!answer.success) return console.log(`estado: ${answer.error}`)
  for (const { name, unreadCount } of answer.chats) console.log(`chat ${name}: ${unreadCount} sin leer`)
}

/** Resolves when the connection is over, with how long to wait before the next one. */
const follow = (pause) =>
  new Promise((resolve) => {
    const url = `${apiUrl.replace(/^http/, "ws")}/ws/${SESION}?apiKey=${encodeURIComponent(API_KEY)}`
    const socket = new WebSocket(url)
    let next = Math.min(2 * pause, LAST_PAUSE_MS)
    socket.addEventListener("open", () => {
      next = FIRST_PAUSE_MS
      console.log(`conectado a ${SESION}`)
      chats().catch(({ message }) => console.error(message))
    })
    socket.addEventListener("message", ({ data: text }) => {
      const { dataType, data } = JSON.parse(text)
      const line = show[dataType]?.(data ?? {})
      if (line !== undefined) console.log(line)
    })
    // An error is followed by a close.
    socket.addEventListener("error", () => {})
    socket.addEventListener("close", ({ code, reason }) => {
      console.error(`sin conexión (${code} ${reason}), otra vez en ${next / 1_000} s`)
      resolve(next)
    })
  })

for (let pause = FIRST_PAUSE_MS; ; ) {
  pause = await follow(pause)
  await new Promise((resolve) => setTimeout(resolve, pause))
}
