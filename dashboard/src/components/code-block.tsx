import "./code-block.css"

/** Text for machines, such as JSON or code, that scrolls by itself. */
export const CodeBlock = ({ label, code }: { readonly label: string; readonly code: string }) => (
  <pre class="code-block" tabIndex={0} role="region" aria-label={label}>
    {code}
  </pre>
)
