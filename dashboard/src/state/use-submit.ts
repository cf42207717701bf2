/** What a form does when it is sent: once at a time, and with the refusal to show. */
import { useState } from "preact/hooks"

export const useSubmit = (act: () => Promise<unknown>) => {
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const submitted = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    setFailure(undefined)
    await act().catch(setFailure)
    setBusy(false)
  }
  return { isBusy, failure, submitted: (event: SubmitEvent) => void submitted(event) }
}
