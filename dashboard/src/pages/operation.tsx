import { text } from "../i18n/text.ts"

export const OperationPage = () => <h1>{text("nav.operation")}</h1>
