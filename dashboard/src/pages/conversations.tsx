import { text } from "../i18n/text.ts"

export const ConversationsPage = () => <h1>{text("nav.conversations")}</h1>
