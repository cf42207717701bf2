import { text } from "../i18n/text.ts"
import { notice } from "../state/notice.ts"
import { Button } from "./button.tsx"
import { ProblemNote } from "./problem-note.tsx"
import "./notice-bar.css"

/** The last action that failed. */
export const NoticeBar = () =>
  notice.value === undefined ? null : (
    <div class="notice-bar">
      <ProblemNote failure={notice.value} />
      <Button kind="quiet" label={text("action.close")} press={() => (notice.value = undefined)}>
        ✕
      </Button>
    </div>
  )
