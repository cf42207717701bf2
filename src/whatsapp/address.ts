/** Where WhatsApp is; Baileys connects there by itself. */
export const WHATSAPP_URL = "wss://web.whatsapp.com/ws/chat"
