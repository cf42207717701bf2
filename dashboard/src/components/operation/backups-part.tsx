import type { Backup } from "../../api/models.ts"
import { bytesText, numberText } from "../../i18n/amount.ts"
import { text } from "../../i18n/text.ts"
import { useBackups } from "../../state/backups.ts"
import { Button } from "../button.tsx"
import { CopyCall } from "../copy-call.tsx"
import { ProblemNote } from "../problem-note.tsx"
import { TableFrame } from "../table-frame.tsx"
import { TimeAgo } from "../time-ago.tsx"
import "./backups-part.css"

/** Copies of the store in the gateway's own folder. */
export const BackupsPart = () => {
  const { backups, isRunning, failure, start } = useBackups()
  const items = backups?.items ?? []
  const running = items.find(({ state }) => state === "running")
  const failed = items.find(({ state }) => state === "failed")
  const complete = items.filter(({ state }) => state === "complete")
  const undeletable = complete.find(({ problem }) => problem !== null)
  const columns = [
    { word: text("operator.backupTime") },
    { word: text("operator.backupBytes"), isNumber: true },
    { word: text("operator.position"), isNumber: true },
    { word: text("operator.backupFiles"), isNumber: true },
    { word: text("operator.backupName") }
  ]
  return (
    <>
      <div class="row">
        <h2>{text("operator.backups")}</h2>
        <div class="row">
          <CopyCall call={{ method: "POST", path: "/v1/backups", body: {} }} />
          <Button kind="primary" press={() => void start()} isDisabled={isRunning || backups === undefined}>
            {text("operator.backupStart")}
          </Button>
        </div>
      </div>
      <p class="quiet">{text("operator.backupsText")}</p>
      <ProblemNote failure={failure} />
      {failed && <ProblemNote failure={text("operator.backupFailed", { problem: failed.problem })} />}
      {undeletable && <ProblemNote failure={text("operator.backupUndeletable", { problem: undeletable.problem })} />}
      <div role="status">{running && <BackupProgress backup={running} />}</div>
      {backups !== undefined && complete.length === 0 && !running && <p>{text("operator.noBackups")}</p>}
      {complete.length > 0 && (
        <TableFrame label={text("operator.backups")} columns={columns}>
          {complete.map(({ name, startedAt, bytes, position, files }) => (
            <tr key={name}>
              <th scope="row">{startedAt !== null && <TimeAgo at={startedAt} />}</th>
              <td class="number">{bytes !== null && bytesText(bytes)}</td>
              <td class="number">{position !== null && numberText(position)}</td>
              <td class="number">{files !== null && numberText(files)}</td>
              <td>
                <code>{name}</code>
              </td>
            </tr>
          ))}
        </TableFrame>
      )}
      {backups !== undefined && (
        <div class="card">
          <h3>{text("operator.backupKnow")}</h3>
          <ul>
            <li>{text("operator.backupFolder", { folder: backups.folder })}</li>
            <li>{text("operator.backupKept", { max: backups.keptMax })}</li>
            <li>{text("operator.backupKeys")}</li>
            <li>{text("operator.backupErased")}</li>
            <li>{text("operator.backupRestore")}</li>
          </ul>
        </div>
      )}
    </>
  )
}

const BackupProgress = ({ backup: { progress } }: { readonly backup: Backup }) => {
  const { of = "bytes", done = 0, all = 0 } = progress ?? {}
  const shown = of === "bytes" ? bytesText : numberText
  const words = text(of === "bytes" ? "operator.backupBytesDone" : "operator.backupFilesDone", {
    done: shown(done),
    all: shown(all)
  })
  return (
    <div class="backup-progress">
      <span>{words}</span>
      <progress aria-label={text("operator.backupProgress")} value={done} max={Math.max(1, all)} />
    </div>
  )
}
