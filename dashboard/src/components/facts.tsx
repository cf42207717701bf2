import type { ComponentChildren } from "preact"
import "./facts.css"

export type Fact = readonly [name: ComponentChildren, value: ComponentChildren]

/** Names and what they stand for, below each other. */
export const Facts = ({ facts }: { readonly facts: readonly Fact[] }) => (
  <dl class="facts">
    {facts.map(([name, value], nth) => (
      <div key={nth}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)
