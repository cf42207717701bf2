import { Refusal } from "../api/client.ts"
import { problemText } from "../state/problem-text.ts"
import "./problem-note.css"

/** What went wrong and what to do, with the problem's code small beside it. Nothing while all is well. */
export const ProblemNote = ({ failure }: { readonly failure: unknown }) =>
  failure === undefined ? null : (
    <p class="problem-note" role="alert">
      {problemText(failure)}
      {failure instanceof Refusal && <code>{failure.code}</code>}
    </p>
  )
