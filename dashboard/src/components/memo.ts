/** Renders a component again only when one of its properties is another: a change of one row leaves the others alone. */
import { type ComponentType, createElement, type FunctionComponent } from "preact"
import { useMemo } from "preact/hooks"

export const memo =
  <Props extends object>(Inner: FunctionComponent<Props>): FunctionComponent<Props> =>
  (props) =>
    useMemo(() => createElement(Inner as ComponentType<Props>, props), Object.values(props))
