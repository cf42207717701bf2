import type { ComponentChildren } from "preact"
import "./table-frame.css"

interface Props {
  readonly label: string
  /** The columns' heads; empty for a column of buttons. */
  readonly columns: readonly { readonly word: string; readonly isNumber?: boolean }[]
  /** Rows. */
  readonly children: ComponentChildren
}

/** A table that scrolls by itself where it is wider than the screen. */
export const TableFrame = ({ label, columns, children }: Props) => (
  <div class="table-frame" role="region" aria-label={label} tabIndex={0}>
    <table>
      <thead>
        <tr>
          {columns.map(({ word, isNumber = false }) =>
            word === "" ? (
              <td key={word} class="actions" />
            ) : (
              <th key={word} scope="col" class={isNumber ? "number" : ""}>
                {word}
              </th>
            )
          )}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
)
