import { useState } from "preact/hooks"
import { text } from "../i18n/text.ts"
import { type Call, type CallLanguage, callLanguages, callText } from "../state/call-text.ts"
import { Button } from "./button.tsx"
import { Choices } from "./choices.tsx"
import { CodeBlock } from "./code-block.tsx"
import { CopyButton } from "./copy-button.tsx"
import { Dialog } from "./dialog.tsx"

/** Opens a dialog that shows a call of the API for curl, PHP, Python and Node, to copy. */
export const CopyCall = ({ call }: { readonly call: Call }) => {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button kind="quiet" press={() => setOpen(true)}>
        {text("call.open")}
      </Button>
      {isOpen && <CallDialog call={call} close={() => setOpen(false)} />}
    </>
  )
}

const CallDialog = ({ call, close }: { readonly call: Call; readonly close: () => void }) => {
  const [language, setLanguage] = useState<CallLanguage>("curl")
  const code = callText(call, language, location.origin)
  return (
    <Dialog title={text("call.title")} close={close} isWide>
      <div class="stack">
        <Choices
          label={text("call.language")}
          choices={callLanguages.map((name) => ({ name, word: name }))}
          chosen={language}
          choose={(name) => setLanguage(name as CallLanguage)}
        />
        <CodeBlock label={text("call.title")} code={code} />
        <p class="quiet">{text("call.token")}</p>
        <div class="buttons">
          <CopyButton key={language} value={code} />
        </div>
      </div>
    </Dialog>
  )
}
