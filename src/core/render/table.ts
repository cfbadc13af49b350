// A table before it takes a form: columns with a heading and a side, cells as texts.

export interface Column {
  title: string
  align: 'left' | 'right'
}

export interface Table {
  caption: string
  columns: Column[]
  rows: Row[]
  /** rows that were left out of `rows`, the less telling ones */
  hidden?: number
}

export interface Row {
  cells: string[]
  /** the row that the report is about: the victim, the lock that closes the circle */
  marked?: true
}
