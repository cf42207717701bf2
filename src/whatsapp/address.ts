/** Baileys connects to this address unless it is given another. */
export const WHATSAPP_URL = "wss://web.whatsapp.com/ws/chat"
