import { text } from "../../i18n/text.ts"
import "./signature-mark.css"

/** Whether a request's signature is right. */
export const SignatureMark = ({ isSigned }: { readonly isSigned: boolean }) => (
  <span class={`signature-mark ${isSigned ? "right" : "wrong"}`}>
    <span aria-hidden="true">{isSigned ? "✓" : "■"}</span>{" "}
    {text(isSigned ? "webhooks.signatureRight" : "webhooks.signatureWrong")}
  </span>
)
