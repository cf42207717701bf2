import { text } from "../i18n/text.ts"

export const WebhooksPage = () => <h1>{text("nav.webhooks")}</h1>
