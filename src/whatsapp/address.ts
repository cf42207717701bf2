/** Baileys connects to this address unless it is given another. */
export const WHATSAPP_URL = "wss://web.whatsapp.com/ws/chat"

/** WhatsApp Web's service worker, which names its newest version. */
export const SERVICE_WORKER_URL = "https://web.whatsapp.com/sw.js"
