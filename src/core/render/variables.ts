// Arguments and variables of a frame as one line of text.

import type { Frame, Variable } from '../model.ts'

export interface VariableView {
  name: string
  /** as C writes it; absent where it is not known */
  value?: string
  type?: string
  /** register or place; or why the value is not known */
  where: string
  argument: boolean
}

/** What is known comes first, arguments before locals. */
export function variableViews({ variables = [] }: Frame): VariableView[] {
  const views = variables.map(view)
  const weight = ({ value, argument }: VariableView): number => (value === undefined ? 2 : 0) + (argument ? 0 : 1)
  return views.toSorted((one, other) => weight(one) - weight(other))
}

function view({ name, value, type, where, argument, function: owner }: Variable): VariableView {
  return {
    name: owner === undefined ? name : `${owner}.${name}`,
    where,
    argument: argument === true,
    ...(value !== undefined && { value }),
    ...(type !== undefined && { type }),
  }
}

/** "engine = NULL" */
export const assignment = ({ name, value, where }: VariableView): string =>
  value === undefined ? `${name} (${where})` : `${name} = ${value}`
